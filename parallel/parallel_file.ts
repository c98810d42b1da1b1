/**
 * Files whose parts several threads read.
 *
 * @module
 */

import { checkCount } from "./checks.ts";
import { IndexedParallelIterator } from "./indexed_parallel_iterator.ts";
import { ParallelIterator } from "./parallel_iterator.ts";
import {
  checkParallelOptions,
  type ParallelOptions,
  wrongOption,
} from "./run/parallel_options.ts";
import { FilePiecesNode } from "./sources/file_pieces.ts";
import { pathOf } from "./sources/file_system.ts";
import { FileText, type FileTextHandle } from "./sources/file_text.ts";
import { type PlannedFile, plannedFile } from "./sources/planned_file.ts";
import { BLOCK } from "./sources/text.ts";
import { blocksNode, linesNode } from "./sources/text_nodes.ts";

/** Options of `par.file()`. */
export interface FileOptions extends ParallelOptions {
  /**
   * Whether the file may be written to behind its end, as a log is: what is appended is
   * not read. Else a file that was written to is refused. Default: false.
   */
  readonly mayGrow?: boolean;
  /** Longer lines are refused, in bytes; at least 8192. Default: 2^28. */
  readonly longestLine?: number;
}

const LONGEST_LINE = 2 ** 28;

/**
 * A file, of which each thread opens and reads the part that it works on: never all of
 * it is in memory.
 *
 * It is refused if it changes before all is read.
 *
 * @example Usage
 * ```ts
 * import { par } from "@kindred/kindred/parallel";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "to be\nor not\nto be\n");
 * const file = par.file(path);
 * assertEquals(await file.lines().filter((line) => line === "to be").count(), 2);
 * assertEquals(await file.pieces(8).map((bytes) => bytes.length).collect(), [8, 8, 3]);
 * await Deno.remove(path);
 * ```
 */
export class ParallelFile {
  readonly #options: ParallelOptions;
  readonly #handle: FileTextHandle;

  /** Made by `par.file()`. */
  constructor(handle: FileTextHandle, options: ParallelOptions) {
    this.#handle = handle;
    this.#options = options;
  }

  /** How long it is, in bytes. */
  get size(): number {
    return this.#handle.planned.size;
  }

  /**
   * Its lines, as of {@linkcode Par.lines}. A line that is kept keeps the up to 8 KiB
   * that were decoded with it.
   */
  lines(): ParallelIterator<string> {
    const node = linesNode(new FileText(this.#handle));
    return new ParallelIterator({ node, options: this.#options });
  }

  /**
   * Its lines with their ends, some at a time as one string: about 8 KiB, or one line
   * that is longer. For what looks at many lines at once, as a search does. How they
   * are cut depends on the run.
   */
  blocks(): ParallelIterator<string> {
    const node = blocksNode(new FileText(this.#handle));
    return new ParallelIterator({ node, options: this.#options });
  }

  /**
   * Its bytes in pieces of `size`; the last one may be shorter. Each is memory of its
   * own.
   *
   * @throws {TypeError} If the size is no number.
   * @throws {RangeError} If the size is no positive integer.
   */
  pieces(size: number): IndexedParallelIterator<Uint8Array<ArrayBuffer>> {
    checkCount("pieces", "size", size, 1);
    const node = new FilePiecesNode(new FileText(this.#handle), size);
    return new IndexedParallelIterator({ node, options: this.#options });
  }
}

/** A file as it is now: see {@linkcode Par.file}. */
export function file(
  path: string | URL,
  options: FileOptions = {},
): ParallelFile {
  checkParallelOptions(options);
  const { mayGrow = false, longestLine = LONGEST_LINE } = options;
  if (typeof mayGrow !== "boolean") {
    throw wrongOption("mayGrow", "a boolean", mayGrow);
  }
  if (typeof longestLine !== "number") {
    throw wrongOption("longestLine", "a number", longestLine);
  }
  if (!Number.isSafeInteger(longestLine) || longestLine < BLOCK) {
    throw new RangeError(
      `Cannot plan in parallel as 'longestLine' must be an integer of at least ${BLOCK}: received ${longestLine}`,
    );
  }
  const planned: PlannedFile = plannedFile(pathOf(path), mayGrow);
  return new ParallelFile({ planned, longest: longestLine }, options);
}
