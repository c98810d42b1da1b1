/**
 * Comparing graphs of objects: what is the same object here must be the same there.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";

/** Fails unless `copy` has the same content and the same identities as `value`. */
export function assertSameGraph(
  copy: unknown,
  value: unknown,
  pairs: Map<object, object> = new Map(),
): void {
  if (typeof value !== "object" || value === null) {
    assert(Object.is(copy, value), `${String(copy)} is not ${String(value)}`);
    return;
  }
  assert(typeof copy === "object" && copy !== null && copy !== value);
  const known = pairs.get(value);
  if (known !== undefined) return assertStrictEquals(copy, known);
  pairs.set(value, copy);
  assertStrictEquals(
    Object.getPrototypeOf(copy),
    Object.getPrototypeOf(value),
  );
  const [theirs, ours] = [partsOf(copy), partsOf(value)];
  assertEquals(theirs.length, ours.length);
  ours.forEach((part, k) => assertSameGraph(theirs[k], part, pairs));
}

/** What is in an object, in order. */
function partsOf(value: object): unknown[] {
  if (value instanceof Date) return [value.getTime()];
  if (value instanceof Uint8Array) return [...value];
  if (value instanceof Map) return [...value].flat(1);
  if (value instanceof Set) return [...value];
  const own = Object.entries(value).flat(1);
  if (!(value instanceof Error)) return own;
  const { message, cause, errors } = value as AggregateError;
  return [message, cause, Array.isArray(errors) ? errors.length : 0, ...own];
}
