/**
 * The iterator of anything that a `for await` takes.
 *
 * @module
 */

/** An iterator, async or not. */
export type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;

/** How the iterator of a value is opened; undefined if it has none. */
export function openerOf(value: unknown): (() => AnyIterator) | undefined {
  const { [Symbol.asyncIterator]: later, [Symbol.iterator]: now } =
    (value ?? {}) as {
      [Symbol.asyncIterator]?: () => AnyIterator;
      [Symbol.iterator]?: () => AnyIterator;
    };
  const open = later ?? now;
  return typeof open === "function" ? () => open.call(value) : undefined;
}
