/**
 * The bytes of a frame that is pushed, as the engine knows them.
 *
 * @module
 */

/** A class may have a `length` of its own. */
const { get: length } = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  "length",
)!;

/** How many bytes there are now; what other threads see may grow. */
export function lengthOf(bytes: Uint8Array): number {
  return length!.call(bytes);
}

/**
 * Checks the bytes of a frame. Returns how many there are.
 *
 * @param longest The most that there may be.
 * @throws {TypeError} If they are no `Uint8Array`, or one whose memory was
 * transferred.
 * @throws {RangeError} If there are too many.
 */
export function frameLength(bytes: Uint8Array, longest: number): number {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(
      `Cannot push frame as it must be a Uint8Array: received ${typeof bytes}`,
    );
  }
  const length = lengthOf(bytes);
  // To ask for the buffer costs as much as all of these checks.
  if (length === 0) checkAttached(bytes);
  if (length > longest) {
    throw new RangeError(
      `Cannot push frame as it must have ${longest} bytes at most: received ${length}`,
    );
  }
  return length;
}

function checkAttached({ buffer }: Uint8Array): void {
  if (!("detached" in buffer && buffer.detached)) return;
  throw new TypeError(
    "Cannot push frame as its memory was transferred to another thread",
  );
}
