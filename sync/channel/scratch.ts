/**
 * Private memory that a message is copied to before it is decoded.
 *
 * @module
 */

/** The bytes that are kept whatever comes. */
const LEAST = 4096;
/** After so many messages that needed little of it, large memory is let go. */
const PATIENCE = 256;

const NOTHING = privateBytes(0);

/** Memory that grows with what it is used for, and shrinks again. */
export class Scratch {
  /** The memory. */
  bytes: Uint8Array<ArrayBuffer> = NOTHING;
  #idle = 0;

  /** How long it is. */
  get size(): number {
    return this.bytes.length;
  }

  /** Makes room for a message of so many bytes. What was there is gone. */
  grow(length: number): void {
    // A power of two: messages may grow little by little.
    const size = Math.max(LEAST, 2 ** Math.ceil(Math.log2(length)));
    this.bytes = privateBytes(size);
  }

  /** Takes the memory until {@linkcode give}. Who comes meanwhile gets other memory. */
  take(): Uint8Array<ArrayBuffer> {
    const { bytes } = this;
    this.bytes = NOTHING;
    return bytes;
  }

  /**
   * Puts memory back.
   *
   * @param used How much of it was needed.
   */
  give(bytes: Uint8Array<ArrayBuffer>, used: number): void {
    if (bytes.length > LEAST && used <= bytes.length / 4) {
      if (++this.#idle >= PATIENCE) return; // let go
    } else this.#idle = 0;
    this.bytes = bytes;
  }
}

/** Makes memory that no other thread sees. */
export function privateBytes(length: number): Uint8Array<ArrayBuffer> {
  // deno-lint-ignore kindred/no-shared-views -- not shared
  return new Uint8Array(length);
}
