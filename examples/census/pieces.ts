/**
 * Pieces of files: what one worker claims at a time.
 *
 * @module
 */

import type { FoundFile } from "./files.ts";

/** Larger files are counted in several pieces, in bytes. */
const LARGEST_PIECE = 2 ** 20;

/** A range of a file. The words that start in it belong to it. */
export interface Piece {
  /** The file. */
  readonly path: string;
  /** The first byte. */
  readonly start: number;
  /** The byte after the last one; `Infinity`: to the end of the file. */
  readonly end: number;
}

/** Cuts files into pieces: the biggest files come first, so that all workers are busy to the end. */
export function cutIntoPieces(files: readonly FoundFile[]): Piece[] {
  return files
    .toSorted((a, b) => b.size - a.size)
    .flatMap(({ path, size }) => {
      const pieces: Piece[] = [];
      let start = 0;
      for (; size - start > LARGEST_PIECE; start += LARGEST_PIECE) {
        pieces.push({ path, start, end: start + LARGEST_PIECE });
      }
      // The last piece has what was written since, too.
      pieces.push({ path, start, end: Infinity });
      return pieces;
    });
}
