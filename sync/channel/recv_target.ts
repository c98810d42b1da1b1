/**
 * Where many messages are put.
 *
 * @module
 */

import { checkRecords } from "../record/record.ts";
import type { RecordType } from "../record/record_type.ts";

/** Where {@linkcode Receiver.recvMany} puts messages: a typed array, or any other. */
export interface RecvTarget<T> {
  /** The most messages to receive. */
  readonly length: number;
  /** The messages. */
  [index: number]: T;
}

/**
 * How many messages to receive at most.
 *
 * @param target Where they are to be put, or how many.
 * @param record What they are, if they are records.
 * @throws {TypeError} If they cannot be put there.
 * @throws {RangeError} If so many is no positive integer.
 */
export function mostOf<T>(
  target: RecvTarget<T> | number,
  record: RecordType<T> | undefined,
): number {
  const isCount = typeof target === "number";
  const most = isCount ? target : target?.length;
  if (!(Number.isInteger(most) && most >= 1)) {
    throw new RangeError(
      `Cannot receive messages as there must be room for a positive number of them: received ${most}`,
    );
  }
  if (isCount) return most;
  if (record !== undefined && ArrayBuffer.isView(target)) {
    checkRecords("receive messages", record.form, target);
  }
  if (isWritable(target, most)) return most;
  throw new TypeError(
    `Cannot receive messages as those before must be written over: received an array that cannot be changed`,
  );
}

/** Whether the first elements of an array can be written to. */
function isWritable(target: RecvTarget<unknown>, most: number): boolean {
  if (ArrayBuffer.isView(target) || Object.isExtensible(target)) return true;
  for (let k = 0; k < most; k++) {
    if (!Object.getOwnPropertyDescriptor(target, k)?.writable) return false;
  }
  return true;
}
