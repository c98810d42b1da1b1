/**
 * What `await` waits for.
 *
 * @module
 */

/** Whether something is awaited. */
export function isThenable<T>(
  value: T | PromiseLike<T>,
): value is PromiseLike<T> {
  return typeof value === "object" && value !== null &&
    typeof (value as { then?: unknown }).then === "function";
}
