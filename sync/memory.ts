/**
 * Where shared memory comes from: slices of SharedArrayBuffers, and the views
 * on them.
 *
 * Every view that the library takes on shared memory is made here, so that the
 * model checker can put its own in their place and see each access.
 *
 * @module
 */

/**
 * Bytes that two threads may write without slowing each other down. Two cache
 * lines, because processors fetch lines in pairs.
 */
export const LINE = 128;

/** A part of a shared buffer: where a shared object lives. */
export interface SharedSlice {
  /** The buffer. */
  readonly buffer: SharedArrayBuffer;
  /** Where the slice starts in it, in bytes. */
  readonly byteOffset: number;
}

/** Makes the views; the model checker has one of its own. */
export interface ViewFactory {
  /** 32-bit words. */
  words(
    buffer: SharedArrayBuffer,
    byteOffset: number,
    length: number,
  ): Int32Array<SharedArrayBuffer>;
  /** 64-bit words. */
  longs(
    buffer: SharedArrayBuffer,
    byteOffset: number,
    length: number,
  ): BigInt64Array<SharedArrayBuffer>;
  /** Payload bytes. */
  bytes(
    buffer: SharedArrayBuffer,
    byteOffset: number,
    length: number,
  ): Uint8Array<SharedArrayBuffer>;
}

const NATIVE: ViewFactory = {
  words: (buffer, byteOffset, length) =>
    new Int32Array(buffer, byteOffset, length),
  longs: (buffer, byteOffset, length) =>
    new BigInt64Array(buffer, byteOffset, length),
  bytes: (buffer, byteOffset, length) =>
    new Uint8Array(buffer, byteOffset, length),
};

let factory: ViewFactory = NATIVE;

/** Puts another factory in place of the engine's views; `undefined` restores them. */
export function replaceViews(views: ViewFactory | undefined): void {
  factory = views ?? NATIVE;
}

/** A view on 32-bit control words. */
export function wordsOf(
  slice: SharedSlice,
  length: number,
): Int32Array<SharedArrayBuffer> {
  return factory.words(slice.buffer, slice.byteOffset, length);
}

/** A view on 64-bit control words. */
export function longsOf(
  slice: SharedSlice,
  length: number,
): BigInt64Array<SharedArrayBuffer> {
  return factory.longs(slice.buffer, slice.byteOffset, length);
}

/** A view on payload bytes. */
export function bytesOf(
  slice: SharedSlice,
  length: number,
): Uint8Array<SharedArrayBuffer> {
  return factory.bytes(slice.buffer, slice.byteOffset, length);
}
