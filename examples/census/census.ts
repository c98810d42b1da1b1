/**
 * The family `census`: one instance per worker counts words into a list of its
 * own; what all of them have done stands in shared counters.
 *
 * @module
 */

import { type Linked, linked, SharedCounter } from "../../mod.ts";
import { blocksOf } from "./blocks.ts";
import type { Piece } from "./pieces.ts";
import { reasonOf, type Skipped } from "./skipped.ts";
import { Turns } from "./turns.ts";
import { countWords } from "./words.ts";

/** How much is read at a time, in bytes. */
const BLOCK = 2 ** 18;
/** A file with a NUL in so many bytes at its beginning is a binary file. */
const PROBE = 8192;

/** What all instances have done together. Anybody may read it at any time. */
export interface Tally {
  /** Files counted; one in several pieces counts when its first one is done. */
  readonly files: SharedCounter;
  /** Bytes read. */
  readonly bytes: SharedCounter;
  /** Words counted. */
  readonly words: SharedCounter;
  /** Pieces claimed. */
  readonly claimed: SharedCounter;
  /** If it is not 0, everybody stops. */
  readonly stop: SharedCounter;
}

/** Counts words. */
export class Census {
  /** What all instances have done together. */
  readonly tally: Tally;
  readonly #words = new Map<string, number>();
  readonly #buffer = new Uint8Array(BLOCK);
  // A byte order mark is a part of a word, like everything that is no space.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  constructor(tally: Tally) {
    this.tally = tally;
  }

  /**
   * Counts pieces that nobody else has claimed, until none is left.
   *
   * @returns What could not be counted.
   */
  async run(pieces: readonly Piece[]): Promise<Skipped[]> {
    const skipped: Skipped[] = [];
    const turns = new Turns();
    while (!this.#stopped) {
      const piece = pieces[this.tally.claimed.add(1)];
      if (piece === undefined) break;
      const reason = this.#count(piece);
      if (reason !== undefined) skipped.push({ path: piece.path, reason });
      if (turns.over) await turns.next();
    }
    return skipped;
  }

  /** How often this instance has met each word. */
  words(): Map<string, number> {
    return this.#words;
  }

  /** Stops all instances. */
  stop(): void {
    this.tally.stop.exchange(1);
  }

  get #stopped(): boolean {
    return this.tally.stop.value !== 0;
  }

  /** Counts one piece. Returns why not, if it cannot be counted. */
  #count(piece: Piece): string | undefined {
    const { files, bytes, words } = this.tally;
    try {
      using file = Deno.openSync(piece.path);
      if (this.#isBinary(file)) return "binary file";
      for (const block of blocksOf(file, piece, this.#buffer)) {
        const text = this.#decoder.decode(block.words);
        words.add(countWords(text, this.#words));
        bytes.add(block.bytes);
        if (this.#stopped) return undefined;
      }
      if (piece.start === 0) files.add(1);
      return undefined;
    } catch (error) {
      return reasonOf(error);
    }
  }

  #isBinary(file: Deno.FsFile): boolean {
    const count = file.readSync(this.#buffer.subarray(0, PROBE)) ?? 0;
    return this.#buffer.subarray(0, count).includes(0);
  }
}

/** The family. */
export const census: Linked<Census> = linked(import.meta.url, "census", {
  shared: newTally,
  create: (tally) => new Census(tally),
});

/** A tally of nothing. */
export function newTally(): Tally {
  return {
    files: new SharedCounter(),
    bytes: new SharedCounter(),
    words: new SharedCounter(),
    claimed: new SharedCounter(),
    stop: new SharedCounter(),
  };
}
