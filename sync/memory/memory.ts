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
  /** Payload numbers of 64 bits. */
  doubles(
    buffer: SharedArrayBuffer,
    byteOffset: number,
    length: number,
  ): Float64Array<SharedArrayBuffer>;
  /** All kinds of integers. */
  integers(
    buffer: SharedArrayBuffer,
    byteOffset: number,
    byteLength: number,
  ): IntegerViews;
}

/** Views of all kinds of integers on the same memory. */
export interface IntegerViews {
  /** Bytes with a sign. */
  readonly i8: Int8Array;
  /** Bytes. */
  readonly u8: Uint8Array;
  /** 16-bit integers with a sign. */
  readonly i16: Int16Array;
  /** 16-bit integers. */
  readonly u16: Uint16Array;
  /** 32-bit words. */
  readonly i32: Int32Array;
  /** 32-bit integers without a sign. */
  readonly u32: Uint32Array;
  /** 64-bit words; as many as there are whole ones. */
  readonly i64: BigInt64Array;
  /** 64-bit integers without a sign; likewise. */
  readonly u64: BigUint64Array;
}

const NATIVE: ViewFactory = {
  words: (buffer, byteOffset, length) =>
    new Int32Array(buffer, byteOffset, length),
  longs: (buffer, byteOffset, length) =>
    new BigInt64Array(buffer, byteOffset, length),
  bytes: (buffer, byteOffset, length) =>
    new Uint8Array(buffer, byteOffset, length),
  doubles: (buffer, byteOffset, length) =>
    new Float64Array(buffer, byteOffset, length),
  integers: integersOn,
};

function integersOn(
  buffer: ArrayBufferLike,
  offset: number,
  bytes: number,
): IntegerViews {
  return {
    i8: new Int8Array(buffer, offset, bytes),
    u8: new Uint8Array(buffer, offset, bytes),
    i16: new Int16Array(buffer, offset, bytes >> 1),
    u16: new Uint16Array(buffer, offset, bytes >> 1),
    i32: new Int32Array(buffer, offset, bytes >> 2),
    u32: new Uint32Array(buffer, offset, bytes >> 2),
    i64: new BigInt64Array(buffer, offset, bytes >> 3),
    u64: new BigUint64Array(buffer, offset, bytes >> 3),
  };
}

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

/** A view on payload numbers of 64 bits. */
export function doublesOf(
  slice: SharedSlice,
  length: number,
): Float64Array<SharedArrayBuffer> {
  return factory.doubles(slice.buffer, slice.byteOffset, length);
}

/** Views of all kinds of integers on a slice. */
export function integersOf(
  slice: SharedSlice,
  byteLength: number,
): IntegerViews {
  return factory.integers(slice.buffer, slice.byteOffset, byteLength);
}

/** A part of the memory of an object, by its offset in bytes. */
export function partOf(slice: SharedSlice, offset: number): SharedSlice {
  return { buffer: slice.buffer, byteOffset: slice.byteOffset + offset };
}

/** Words that are private to the thread. */
export function privateWords(length: number): Int32Array<ArrayBuffer> {
  return new Int32Array(length);
}

/** Views of every kind on the same memory, private to the thread. */
export interface Draft extends IntegerViews {
  /** Numbers of 32 bits. */
  readonly f32: Float32Array;
  /** Numbers of 64 bits. */
  readonly f64: Float64Array;
}

/** Makes private memory in which a record is put together, or taken apart. */
export function draftOf(byteLength: number): Draft {
  const size = Math.ceil(byteLength / 8) * 8;
  const buffer = new ArrayBuffer(size);
  return {
    ...integersOn(buffer, 0, size),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
  };
}
