/**
 * Reading a piece of a file in blocks of whole words.
 *
 * @module
 */

import type { Piece } from "./pieces.ts";
import { isSpace } from "./words.ts";

/** What is read at a time to find the end of a piece's last word, in bytes. */
const TAIL = 4096;

/** Some words of a piece. */
export interface Block {
  /** Whole words and what stands between them; valid until the next block. */
  readonly words: Uint8Array<ArrayBuffer>;
  /** How many bytes of the piece were read for it. */
  readonly bytes: number;
}

/**
 * Reads the words that start in a piece. The last one of them is read to its
 * end, also beyond the piece; one that started before the piece is left out.
 *
 * Of a word that is as long as the buffer only the beginning comes, once.
 *
 * @param file The file, open for reading.
 * @param piece What to read of it.
 * @param buffer The memory for the blocks.
 */
export function* blocksOf(
  file: Deno.FsFile,
  piece: Piece,
  buffer: Uint8Array<ArrayBuffer>,
): Generator<Block, void> {
  const { start, end } = piece;
  // The byte before the piece tells whether a word goes on into it.
  let foreign = start > 0;
  let at = Math.max(0, start - 1);
  let kept = 0; // bytes of an unfinished word, at the beginning of the buffer
  file.seekSync(at, Deno.SeekMode.Start);
  while (true) {
    const beyond = at >= end;
    const room = Math.min(buffer.length, kept + (beyond ? TAIL : end - at));
    const count = file.readSync(buffer.subarray(kept, room));
    const filled = kept + (count ?? 0);
    const bytes = beyond
      ? 0
      : Math.max(0, at + (count ?? 0) - Math.max(start, at));
    at += count ?? 0;

    let from = 0;
    if (foreign) {
      from = firstSpace(buffer, 0, filled);
      foreign = from === filled;
    }
    let to = count === null
      ? filled
      : beyond
      ? firstSpace(buffer, kept, filled)
      : afterLastSpace(buffer, Math.max(from, kept), filled) ?? from;
    const found = beyond && to < filled;
    if (beyond && !found && count !== null) to = from;

    // A word without an end in sight: what follows is passed over.
    const endless = to === 0 && filled === buffer.length;
    if (endless) {
      to = filled;
      foreign = true;
    }
    yield { words: buffer.subarray(from, to), bytes };
    if (count === null || found || (foreign && at >= end)) return;

    kept = foreign ? 0 : filled - to;
    if (kept === 0 && at >= end) return;
    if (kept > 0) buffer.copyWithin(0, to, filled);
  }
}

/** The place of the first space; `end` if there is none. */
function firstSpace(bytes: Uint8Array, start: number, end: number): number {
  let k = start;
  while (k < end && !isSpace(bytes[k]!)) k++;
  return k;
}

/** The place after the last space, if there is one. */
function afterLastSpace(
  bytes: Uint8Array,
  start: number,
  end: number,
): number | undefined {
  for (let k = end; k > start; k--) if (isSpace(bytes[k - 1]!)) return k;
  return undefined;
}
