/**
 * The same search on all threads, on one, and by GNU grep:
 *
 *     deno run -A examples/grep/compare.ts [PATTERN] [PATH ...]
 *
 * The pattern has to mean the same to all of them.
 *
 * @module
 */

import { type ParallelOptions, Runtime } from "../../mod.ts";
import { gnuGrep, sortedLines } from "./gnu_grep.ts";
import type { Query } from "./query.ts";
import { search } from "./search.ts";
import { treeOf } from "./tree.ts";

/** How often each of them is measured. */
const ROUNDS = 5;

/** What our search prints of all files below some paths. */
export async function found(
  query: Query,
  paths: readonly string[],
  options: ParallelOptions,
): Promise<string> {
  const all = await search(query, treeOf(paths).files, options);
  return all.map(({ text }) => text).join("");
}

/** A runtime that is closed: nobody helps. */
export async function nobody(): Promise<Runtime> {
  const runtime = await Runtime.start({ workers: 1 });
  await runtime.close();
  return runtime;
}

async function main(pattern = "import", ...paths: string[]): Promise<void> {
  if (paths.length === 0) paths.push(".");
  const query: Query = {
    pattern,
    ignoreCase: false,
    print: "lines",
    numbered: true,
    named: true,
  };
  await using runtime = await Runtime.start();
  const alone = await nobody();
  const ways: Record<string, () => Promise<string>> = {
    "all threads": () => found(query, paths, { runtime }),
    "one thread": () => found(query, paths, { runtime: alone }),
    "GNU grep": () => gnuGrep(query, paths),
  };
  const best = new Map<string, number>();
  const texts = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, way] of Object.entries(ways)) {
      const start = performance.now();
      const text = await way();
      const time = performance.now() - start;
      best.set(name, Math.min(time, best.get(name) ?? Infinity));
      if (round === 0) texts.add(sortedLines(text));
    }
  }
  for (const [name, time] of best) console.log(`${name} ${time.toFixed(1)} ms`);
  console.log(
    texts.size === 1 ? "all found the same" : "they did not find the same",
  );
}

if (import.meta.main) await main(...Deno.args);
