/**
 * What definitions are known by.
 *
 * @module
 */

import type { Linked } from "./definition.ts";

/** Marks definitions, also those of another copy of the package. */
export const DEFINITION: symbol = Symbol.for("@kindred/kindred/definition");

/** Whether a value is a definition. */
export function isDefinition(value: unknown): value is Linked<object> {
  return typeof value === "object" && value !== null &&
    (value as Record<PropertyKey, unknown>)[DEFINITION] === true;
}
