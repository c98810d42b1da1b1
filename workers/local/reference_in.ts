/**
 * The one reference of a value that has several fields.
 *
 * @module
 */

import type { NotPortable } from "../../codec/portable.ts";
import { LocalRef } from "./local_ref.ts";

/**
 * The reference of a value that has exactly one field which is one, or is one itself.
 * Of other values: a type that says why there is none.
 *
 * @typeParam T The value.
 * @typeParam K The names of its fields that are references.
 */
export type ReferenceIn<
  T,
  K extends keyof T = {
    [P in keyof T]-?: T[P] extends LocalRef<object> ? P : never;
  }[keyof T],
> = T extends LocalRef<object> ? T
  : [K] extends [never] ? NotPortable<"it has no field that is a LocalRef">
  : {
    [P in K]: [K] extends [P] ? T[P]
      : NotPortable<"it has several fields that are a LocalRef: name one">;
  }[K];

/**
 * Finds the reference of a value.
 *
 * @throws {TypeError} If it has none, or several.
 */
export function referenceIn<T>(value: T, name: string): ReferenceIn<T> {
  if (value instanceof LocalRef) return value as ReferenceIn<T>;
  const fields = typeof value === "object" && value !== null
    ? Object.entries(value).filter(([, field]) => field instanceof LocalRef)
    : [];
  if (fields.length === 1) return fields[0]![1] as ReferenceIn<T>;
  throw new TypeError(
    `Cannot refer to '${name}' as it must have exactly one field that is a LocalRef: ${
      fields.length === 0
        ? "it has none"
        : `it has ${fields.map(([key]) => `'${key}'`).join(" and ")}`
    }`,
  );
}
