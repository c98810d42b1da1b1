/**
 * Searching a file that several threads read, each some of it.
 *
 * @module
 */

import { closure, par, type ParallelOptions, portable } from "../../mod.ts";
import { type Found, nothing, unreadable } from "./found.ts";
import { newlines } from "./matcher.ts";
import { lineText, type Query, summaryText } from "./query.ts";
import { matcherOf } from "./search_file.ts";

/** What was found in a part of a file. */
interface Part {
  /** How many lines it has, if they are numbered. */
  lines: number;
  /** Those that match, and how many are before each in the part. */
  readonly found: [before: number, line: string][];
  count: number;
  isBinary: boolean;
}

/** Adds some lines to a part. */
export const addBlock: (query: Query, part: Part, block: string) => Part =
  portable(
    import.meta.url,
    function addBlock(query: Query, part: Part, block: string): Part {
      if (block.includes("\0")) part.isBinary = true;
      const { print, numbered } = query;
      const isEnough = part.isBinary || print === "name" && part.count > 0;
      if (isEnough) return part;
      for (const { start, end, before } of matcherOf(query).matches(block)) {
        part.count++;
        if (print !== "lines") continue;
        part.found.push([part.lines + before, block.slice(start, end)]);
      }
      if (numbered) part.lines += newlines(block, 0, block.length);
      return part;
    },
  );

/** Searches a large file on all threads. */
export async function searchLarge(
  query: Query,
  path: string,
  options: ParallelOptions,
): Promise<Found> {
  let parts: readonly Part[];
  try {
    parts = await par.file(path, { ...options, mayGrow: true }).blocks()
      .fold(
        (): Part => ({ lines: 0, found: [], count: 0, isBinary: false }),
        closure(query, addBlock),
      )
      .collect();
  } catch (error) {
    return unreadable(path, error);
  }
  if (parts.some(({ isBinary }) => isBinary)) return nothing(query, path);
  let count = 0;
  let text = "";
  let before = 1;
  for (const part of parts) {
    for (const [at, line] of part.found) {
      text += lineText(query, path, before + at, line);
    }
    before += part.lines;
    count += part.count;
  }
  return { count, text: text + summaryText(query, path, count) };
}
