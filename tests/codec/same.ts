/**
 * Comparing a value with its copy more strictly than `assertEquals` does: the
 * sign of zero, prototypes, and all that an error has.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";

/** Fails unless `copy` is a true copy of `value`: equal, and nowhere the same. */
export function assertCopy(
  copy: unknown,
  value: unknown,
  path = "value",
): void {
  if (typeof value !== "object" || value === null) {
    assert(
      Object.is(copy, value),
      `${path}: ${show(copy)} is not ${show(value)}`,
    );
    return;
  }
  assert(typeof copy === "object" && copy !== null, `${path}: no object`);
  assert(copy !== value, `${path}: not copied`);
  assertStrictEquals(
    Object.getPrototypeOf(copy),
    Object.getPrototypeOf(value),
    `${path}: prototype`,
  );
  if (value instanceof Error) {
    return assertErrorCopy(copy as Error, value, path);
  }
  if (value instanceof Date) {
    return assertCopy((copy as Date).getTime(), value.getTime(), path);
  }
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    assertEquals([...bytes(copy)], [...bytes(value)], path);
    return;
  }
  if (value instanceof Map) {
    return assertCopy([...copy as Map<unknown, unknown>], [...value], path);
  }
  if (value instanceof Set) {
    return assertCopy([...copy as Set<unknown>], [...value], path);
  }
  assertEquals(Object.keys(copy), Object.keys(value), `${path}: keys`);
  if (Array.isArray(value)) {
    assertStrictEquals((copy as unknown[]).length, value.length, path);
  }
  for (const key of Object.keys(value)) {
    assertCopy(
      (copy as Record<string, unknown>)[key],
      (value as Record<string, unknown>)[key],
      `${path}[${JSON.stringify(key)}]`,
    );
  }
}

function assertErrorCopy(copy: Error, value: Error, path: string): void {
  for (const key of ["name", "message", "stack"] as const) {
    assertStrictEquals(copy[key], value[key], `${path}.${key}`);
  }
  for (const key of ["cause", "errors"]) {
    assertEquals(
      Object.hasOwn(copy, key),
      Object.hasOwn(value, key),
      `${path}.${key}`,
    );
    if (!Object.hasOwn(value, key)) continue;
    assertCopy(
      (copy as unknown as Record<string, unknown>)[key],
      (value as unknown as Record<string, unknown>)[key],
      `${path}.${key}`,
    );
  }
  assertCopy({ ...copy }, { ...value }, path);
}

function bytes(value: unknown): Uint8Array {
  return ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value as ArrayBuffer);
}

function show(value: unknown): string {
  return Object.is(value, -0)
    ? "-0"
    : typeof value === "string"
    ? JSON.stringify(value)
    : String(value);
}
