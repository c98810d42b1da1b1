/**
 * Searching files, on all threads or on one.
 *
 * @module
 */

import { closure, par, type ParallelOptions } from "../../mod.ts";
import type { Found } from "./found.ts";
import type { Query } from "./query.ts";
import { searchFile } from "./search_file.ts";
import { searchLarge } from "./search_large.ts";

/**
 * Searches files: each by one thread, but for large ones, of which all threads read
 * some.
 *
 * @returns What was found in each of them.
 */
export async function search(
  query: Query,
  paths: readonly string[],
  options: ParallelOptions,
): Promise<Found[]> {
  const found = await par(paths, options).map(closure(query, searchFile))
    .collect();
  const all: Found[] = [];
  for (const [k, one] of found.entries()) {
    all.push(one ?? await searchLarge(query, paths[k]!, options));
  }
  return all;
}
