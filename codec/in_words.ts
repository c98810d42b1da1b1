/**
 * Any value in words, for a message.
 *
 * @module
 */

/** What `String` makes of a value, or its type where that throws. */
export function inWords(value: unknown): string {
  try {
    return String(value);
  } catch {
    return `[${typeof value}]`;
  }
}
