/**
 * What can be sorted without a comparison: numbers, strings, and bigints.
 *
 * @module
 */

import { portable } from "../../workers/functions/portable.ts";
import type { Compare } from "./merge.ts";

/** What `<` orders. */
export type Ordered = number | string | bigint;

/** Smaller ones first, as by `<`; NaN last. */
export const ascending: Compare = portable(
  import.meta.url,
  function ascending(a: Ordered, b: Ordered): number {
    if (a < b) return -1;
    if (a > b) return 1;
    return Number(a !== a) - Number(b !== b);
  },
);

/**
 * Of which type all values are.
 *
 * @param what What they are called in an error.
 * @throws {TypeError} If they are not all numbers, all strings or all bigints.
 */
export function orderedType(
  values: readonly unknown[],
  what: string,
): "number" | "string" | "bigint" {
  const [first] = values;
  const type = values.length === 0 ? "number" : typeof first;
  if (type !== "number" && type !== "string" && type !== "bigint") {
    throw wrong(what, first);
  }
  // Holes are values, too: every() would pass them over.
  const other = values.findIndex((value) => typeof value !== type);
  if (other >= 0) throw wrong(what, values[other], type);
  return type;
}

function wrong(what: string, value: unknown, type?: string): TypeError {
  const received = value === null ? "null" : typeof value;
  return new TypeError(
    `Cannot sort as ${what} must be all numbers, all strings or all bigints: received ${
      type === undefined ? received : `${type} and ${received}`
    }`,
  );
}
