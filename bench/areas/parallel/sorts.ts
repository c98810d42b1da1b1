/**
 * What is asked about sorts.
 *
 * @module
 */
import { par } from "../../../parallel/mod.ts";
import { unordered, unorderedWords } from "./numbers.ts";
import type { Pool } from "./pool.ts";
import { type Question, ranges } from "./question.ts";

/** At least three times as fast as the engine. */
const AT_MOST = 1 / 3;

type Sorted = Float64Array | Uint32Array;

/** The questions about sorts. */
export function sorts(scale: number): Question[] {
  const length = 2 ** 20 * scale;
  return [
    question("f64", "sortF64", unordered(length)),
    question("u32", "sortU32", unorderedWords(length)),
  ];
}

function question(
  type: string,
  task: "sortF64" | "sortU32",
  source: Sorted,
): Question {
  const own = source.slice();
  const make = source.constructor as new (buffer: SharedArrayBuffer) => Sorted;
  const target = new SharedArrayBuffer(source.byteLength);
  const shared = new make(target);
  return {
    name: `sort-${type}`,
    note: `a copy of ${
      source.length.toLocaleString("en-US")
    } ${type} in no order, sorted; one thread has its sort()`,
    alone() {
      own.set(source);
      return own.sort();
    },
    ours: {
      "par.sort()": (runtime) => {
        shared.set(source);
        return par.sort(shared, { runtime });
      },
      "par.sort(), memory of its own": (runtime) => {
        own.set(source);
        return par.sort(own, { runtime });
      },
    },
    async pooled(pool: Pool) {
      shared.set(source);
      const parts = ranges(source.length, pool.size);
      await Promise.all(
        parts.map(([from, to]) => pool.run(task, { target, from, to })),
      );
      return merged(shared, parts);
    },
    atMost: AT_MOST,
  };
}

/** Merges parts that are in order each. */
function merged(
  array: Sorted,
  parts: readonly (readonly [from: number, to: number])[],
): Sorted {
  const result = array.slice();
  const next = parts.map(([from]) => from);
  const ends = parts.map(([, to]) => to);
  for (let k = 0; k < result.length; k++) {
    let least = -1;
    for (let part = 0; part < next.length; part++) {
      if (next[part]! >= ends[part]!) continue;
      if (least < 0 || array[next[part]!]! < array[next[least]!]!) least = part;
    }
    result[k] = array[next[least]!++]!;
  }
  return result;
}
