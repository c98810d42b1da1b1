/**
 * How the memory of deques, queues and rings of records is made and attached to.
 *
 * @module
 */

import { allocate } from "../memory/arena.ts";
import { checkHandle, type SharedHandle } from "../memory/handle.ts";
import { wordsOf } from "../memory/memory.ts";
import {
  checkSlots,
  type FormOf,
  formText,
  type RecordSource,
  type RecordType,
  recordTypeOf,
} from "../record/record.ts";

/** Their first word, written once: what the records are, and log2(capacity). */
const FORM = 0;

/**
 * Names an object that holds a bounded number of records.
 *
 * @typeParam K The name of its class.
 * @typeParam T One record.
 */
export interface BoundedHandle<K extends string, T> extends SharedHandle<K> {
  /** What the records are. */
  readonly record: FormOf<T>;
  /** How many records there can be. */
  readonly capacity: number;
}

/**
 * What the objects of a class have in common.
 *
 * @typeParam K The name of the class.
 */
export interface BoundedKind<K extends string> {
  /** The name of the class. */
  readonly kind: K;
  /** What one is called, for messages. */
  readonly name: string;
  /** The fewest records that one can have room for. Default: 1. */
  readonly least?: number;
  /** The most records that one can hold. */
  readonly most: number;
  /** Words that each record takes, with what stands beside it. */
  widthOf(type: RecordType<unknown>): number;
  /** Bytes that one takes. */
  sizeOf(type: RecordType<unknown>, capacity: number): number;
}

/** An object's handle, and the type of its records. */
interface Bounded<K extends string, T> {
  readonly handle: BoundedHandle<K, T>;
  readonly type: RecordType<T>;
}

/**
 * Allocates the memory of an object: zeros, but for the word that says its form.
 *
 * @throws {TypeError} If there are no such records.
 * @throws {RangeError} If the capacity is none.
 */
export function createBounded<K extends string, T>(
  { kind, name, least, most, widthOf, sizeOf }: BoundedKind<K>,
  source: RecordSource<T>,
  capacity: number,
): Bounded<K, T> {
  const action = `create ${name}`;
  const type = recordTypeOf(action, source);
  checkSlots(action, capacity, most, widthOf(type), least);
  const slice = allocate(sizeOf(type, capacity));
  Atomics.store(wordsOf(slice, 1), FORM, formOf(type, capacity));
  const record = type.form as FormOf<T>;
  return { handle: { kind, ...slice, record, capacity }, type };
}

/**
 * Checks a handle.
 *
 * @param more What else it says, for messages.
 * @returns The type of its records.
 * @throws {TypeError} If it is none, or of another class, or names no records.
 * @throws {RangeError} If the capacity is none, or the buffer too small, or holds
 * something else than the handle says.
 */
export function attachBounded<K extends string, T>(
  bounded: BoundedKind<K>,
  handle: BoundedHandle<K, T>,
  more: string = "",
): RecordType<T> {
  const { kind, name, least, most, widthOf, sizeOf } = bounded;
  const action = `attach to ${name}`;
  let type: RecordType<T>;
  checkHandle(kind, handle, () => {
    type = recordTypeOf(action, handle.record);
    checkSlots(action, handle.capacity, most, widthOf(type), least);
    return sizeOf(type, handle.capacity);
  });
  const { capacity } = handle;
  if (Atomics.load(wordsOf(handle, 1), FORM) === formOf(type!, capacity)) {
    return type!;
  }
  throw otherForm(bounded, type!, capacity, more);
}

function formOf(type: RecordType<unknown>, capacity: number): number {
  return type.mark | 31 - Math.clz32(capacity);
}

/**
 * The error of a handle that says something else than the memory.
 *
 * @param type What the handle says that the records are.
 * @param capacity How many there can be, likewise.
 * @param more What else it says.
 */
export function otherForm(
  { name }: BoundedKind<string>,
  type: RecordType<unknown>,
  capacity: number,
  more: string,
): RangeError {
  return new RangeError(
    `Cannot attach to ${name} as it is of another form: the handle says ${capacity} of ${
      formText(type.form)
    }${more}`,
  );
}
