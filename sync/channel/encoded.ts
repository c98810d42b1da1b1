/**
 * What a codec made of a message, as nothing can change it any more.
 *
 * @module
 */

/** The getters that are every typed array's own, whatever an object says of itself. */
const ARRAY = Object.getPrototypeOf(Uint8Array.prototype);
const classOf = getterOf(Symbol.toStringTag);
const bufferOf = getterOf("buffer");
const offsetOf = getterOf("byteOffset");
const sizeOf = getterOf("byteLength");

function getterOf(name: PropertyKey): () => unknown {
  return Object.getOwnPropertyDescriptor(ARRAY, name)!.get!;
}

/**
 * How many bytes a codec made of a message. To be asked once: the buffer may grow.
 *
 * @throws {TypeError} If it made no bytes.
 * @throws {RangeError} If it made too many.
 */
export function encodedSize(
  bytes: unknown,
  name: string,
  most: number,
): number {
  if (classOf.call(bytes) !== "Uint8Array") {
    throw new TypeError(
      `Cannot send message as codec "${name}" must encode it to a Uint8Array: received ${
        bytes === null ? "null" : typeof bytes
      }`,
    );
  }
  const size = sizeOf.call(bytes) as number;
  if (size > most) {
    throw new RangeError(
      `Cannot send message as one of the channel can have at most ${most} bytes by its 'reserve': received ${size}`,
    );
  }
  return size;
}

/** So many bytes of an array, without what it and its class have of their own. */
export function plainBytes(bytes: Uint8Array, size: number): Uint8Array {
  const buffer = bufferOf.call(bytes) as ArrayBuffer;
  // deno-lint-ignore kindred/no-shared-views -- the caller's memory, only read
  return new Uint8Array(buffer, offsetOf.call(bytes) as number, size);
}
