/**
 * How the memory of a deque is made and attached to.
 *
 * The protocol is in the folder's README, "Deque".
 *
 * @module
 */

import {
  attachBounded,
  type BoundedKind,
  createBounded,
  otherForm,
} from "./bounded_records.ts";
import {
  byteLengthOf,
  type DequeHandle,
  type DequeOrder,
  MAKER,
  MAX_DEQUE_CAPACITY,
  NUMBER,
  ORDER,
} from "./deque_layout.ts";
import { wordsOf } from "../memory/memory.ts";
import type { RecordSource, RecordType } from "../record/record.ts";
import { perRealm } from "../thread/realm.ts";
import { currentThread } from "../thread/thread.ts";

const DEQUE: BoundedKind<"Deque"> = {
  kind: "Deque",
  name: "deque",
  most: MAX_DEQUE_CAPACITY,
  widthOf: (type) => type.width,
  sizeOf: (type, capacity) => byteLengthOf(capacity, type.width),
};

/**
 * A deque's handle, and the type of its records.
 *
 * @typeParam T One record.
 */
interface DequeMemory<T> {
  /** Names it. */
  readonly handle: DequeHandle<T>;
  /** What the records are. */
  readonly type: RecordType<T>;
}

/**
 * Makes a deque without records or an owner.
 *
 * @throws {TypeError} If there are no such records, or no such order.
 * @throws {RangeError} If the capacity is none.
 */
export function createDeque<T>(
  source: RecordSource<T>,
  capacity: number,
  order: DequeOrder,
): DequeMemory<T> {
  checkOrder("create deque", order);
  const { handle, type } = createBounded(DEQUE, source, capacity);
  const words = wordsOf(handle, NUMBER + 1);
  Atomics.store(words, MAKER, currentThread().id);
  Atomics.store(words, NUMBER, nextNumber());
  Atomics.store(words, ORDER, Number(order === "fifo"));
  return { handle: { ...handle, order }, type };
}

/**
 * Attaches to a deque.
 *
 * @throws {TypeError} If the handle is none, or one of another class, or names no
 * records or no order.
 * @throws {RangeError} If the buffer is too small, the offset misaligned, or
 * something else is there than the handle says.
 */
export function attachDeque<T>(handle: DequeHandle<T>): DequeMemory<T> {
  const more = `, ${handle?.order}`;
  const type = attachBounded(DEQUE, handle, more);
  const { order, capacity } = handle;
  checkOrder("attach to deque", order);
  const words = wordsOf(handle, ORDER + 1);
  if (Atomics.load(words, ORDER) !== Number(order === "fifo")) {
    throw otherForm(DEQUE, type, capacity, more);
  }
  return { handle, type };
}

function checkOrder(action: string, order: DequeOrder): void {
  if (order === "lifo" || order === "fifo") return;
  throw new TypeError(
    `Cannot ${action} as 'order' must be "lifo" or "fifo": received ${order}`,
  );
}

/** How many deques this thread has made before. */
function nextNumber(): number {
  const made = perRealm("deques", () => ({ count: 0 }));
  return made.count++;
}
