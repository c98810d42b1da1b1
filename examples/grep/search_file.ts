/**
 * Searching a file that one thread reads.
 *
 * @module
 */

import { portable } from "../../mod.ts";
import { type Found, nothing, unreadable } from "./found.ts";
import { Matcher } from "./matcher.ts";
import { lineText, type Query, summaryText } from "./query.ts";

/** Larger files are read by several threads, in bytes. */
const LARGE = 2 ** 20;

const buffer = new Uint8Array(LARGE + 1);
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
let last: { readonly key: string; readonly matcher: Matcher } | undefined;

/** Searches a file; undefined if it is a large one. */
export const searchFile: (query: Query, path: string) => Found | undefined =
  portable(
    import.meta.url,
    function searchFile(query: Query, path: string): Found | undefined {
      let length: number;
      try {
        length = read(path);
      } catch (error) {
        return unreadable(path, error);
      }
      if (length > LARGE) return undefined;
      const text = decoder.decode(buffer.subarray(0, length));
      return text.includes("\0")
        ? nothing(query, path)
        : searchText(query, path, text);
    },
  );

/** Fills the buffer; returns how much there is. */
function read(path: string): number {
  using file = Deno.openSync(path);
  let length = 0;
  while (length < buffer.length) {
    const count = file.readSync(buffer.subarray(length));
    if (count === null) break;
    length += count;
  }
  return length;
}

function searchText(query: Query, path: string, text: string): Found {
  let count = 0;
  let lines = "";
  for (const { start, end, before } of matcherOf(query).matches(text)) {
    count++;
    if (query.print === "name") break;
    if (query.print === "count") continue;
    lines += lineText(query, path, before + 1, text.slice(start, end));
  }
  return { count, text: lines + summaryText(query, path, count) };
}

/** What finds lines: made once for many files. */
export function matcherOf(query: Query): Matcher {
  const key = JSON.stringify(query);
  if (last?.key !== key) last = { key, matcher: new Matcher(query) };
  return last.matcher;
}
