/**
 * What `<` orders: numbers, strings, and bigints.
 *
 * The thread that has them orders them: to send strings takes longer than to sort them.
 *
 * @module
 */

import { numberOrder } from "./number_order.ts";

/** What `<` orders. */
export type Ordered = number | string | bigint;

/** Below so many numbers the engine's own sort is as fast. */
const WORTH_RADIX = 512;
/** Of fewer keys the engine sorts the indices. */
const FEW = 200;

/**
 * The indices of keys in the order of these, NaN last; equals keep theirs.
 *
 * @throws {TypeError} If they are not all numbers, all strings or all bigints.
 */
export function keyOrder(keys: readonly Ordered[]): Uint32Array {
  const type = orderedType(keys, "keys");
  if (keys.length < FEW) return fewInOrder(keys);
  if (type === "number" && keys.length >= WORTH_RADIX) {
    return numberOrder(keys as readonly number[]);
  }
  // The engine is fastest with keys that are sorted by themselves; so indices are
  // looked up after that.
  const places = new Map<Ordered, { next: number }>();
  const sorted = type === "number"
    ? Float64Array.from(keys as readonly number[]).sort()
    : sortedKeys(keys as readonly (string | bigint)[]);
  sorted.forEach((key: Ordered, place: number) => {
    if (!places.has(key)) places.set(key, { next: place });
  });
  const order = new Uint32Array(keys.length);
  keys.forEach((key, k) => order[places.get(key)!.next++] = k);
  return order;
}

function fewInOrder(keys: readonly Ordered[]): Uint32Array {
  const order = keys.map((_, k) => k);
  return Uint32Array.from(order.sort((a, b) => compared(keys[a]!, keys[b]!)));
}

/** By `<`, NaN last. */
function compared(a: Ordered, b: Ordered): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(a !== a) - Number(b !== b);
}

/** Strings or bigints, in their order. */
export function sortedKeys<K extends string | bigint>(keys: readonly K[]): K[] {
  return typeof keys[0] === "bigint"
    ? keys.toSorted((a, b) => a < b ? -1 : Number(a > b))
    : keys.toSorted();
}

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
  const type = values.length === 0 ? "number" : typeof values[0];
  if (type !== "number" && type !== "string" && type !== "bigint") {
    throw wrong(what, values[0]);
  }
  // Holes are values, too: every() would pass them over.
  const other = values.findIndex((value) => {
    const found: string = typeof value;
    return found !== type;
  });
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
