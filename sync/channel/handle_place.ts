/**
 * Where a receiver goes on that another thread attaches to.
 *
 * @module
 */

/**
 * Checks which message or value comes next, as a handle says.
 *
 * @param name How the handle calls it.
 * @throws {RangeError} If it is no 32-bit integer.
 */
export function checkPlace(
  name: "position" | "version",
  place: number,
): void {
  if ((place | 0) === place) return;
  throw new RangeError(
    `Cannot attach to receiver as 'handle.${name}' must be a 32-bit integer: received ${place}`,
  );
}
