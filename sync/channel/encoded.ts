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

/** What a codec may make of a message. */
export interface EncodedLimit {
  /** The name of the codec. */
  readonly codec: string;
  /** The most bytes. */
  readonly most: number;
  /** The option that says so. */
  readonly option: "maxBytes" | "reserve";
}

/**
 * How many bytes a codec made of a message. To be asked once: the buffer may grow.
 *
 * @param action What is done, for messages: `send message`.
 * @throws {TypeError} If it made no bytes.
 * @throws {RangeError} If it made too many.
 */
export function encodedSize(
  action: string,
  bytes: unknown,
  { codec, most, option }: EncodedLimit,
): number {
  if (classOf.call(bytes) !== "Uint8Array") {
    throw new TypeError(
      `Cannot ${action} as codec "${codec}" must encode it to a Uint8Array: received ${
        bytes === null ? "null" : typeof bytes
      }`,
    );
  }
  const size = sizeOf.call(bytes) as number;
  if (size > most) {
    throw new RangeError(
      `Cannot ${action} as it can have at most ${most} bytes by the '${option}' of its channel: received ${size}`,
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
