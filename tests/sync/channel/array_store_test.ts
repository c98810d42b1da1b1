import { assert, assertEquals } from "@std/assert";
import { arrayFlavor, ArrayStore } from "../../../sync/channel/array_store.ts";
import { CLOSED, FULL, PUSHED } from "../../../sync/channel/flavor.ts";
import { recordCodec } from "../../../sync/channel/record_codec.ts";
import {
  LINE,
  type SharedSlice,
  wordsOf,
} from "../../../sync/memory/memory.ts";
import { recordTypeOf } from "../../../sync/record/record.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { claimOther } from "../other_thread.ts";

const RECORD = recordTypeOf<number>("test", "i32");
/** The first word of the first slot, and how many words a slot has. */
const SLOTS = 3 * LINE / 4;
const SLOT = 4;

function storeFor(capacity: number, start?: number): [
  ArrayStore<number>,
  SharedSlice,
] {
  const codec = recordCodec(RECORD);
  const shape = { record: RECORD, codec, capacity, reserve: 0 };
  // Not at the start of its buffer.
  const buffer = new SharedArrayBuffer(LINE + arrayFlavor.byteLength(shape));
  const slice = { buffer, byteOffset: LINE };
  const store = new ArrayStore(slice, shape);
  store.init(start);
  return [store, slice];
}

Deno.test("ArrayStore holds as many messages as its capacity, wherever positions are", () => {
  for (const capacity of [1, 2, 3, 5, 7, 8]) {
    for (const start of [undefined, 0, 2 ** 30 - 8, 2 ** 31 - 8, -8, -16]) {
      const [store] = storeFor(capacity, start);
      for (let round = 0; round < 20; round++) {
        for (let k = 0; k < capacity; k++) {
          assertEquals(store.tryPush(k), PUSHED);
          assertEquals(store.size, k + 1);
        }
        assertEquals(store.tryPush(9), FULL);
        // One by one, too.
        assertEquals(store.tryPop(), 0);
        assertEquals(store.tryPush(capacity), PUSHED);
        assertEquals(store.tryPush(9), FULL);
        for (let k = 1; k <= capacity; k++) assertEquals(store.tryPop(), k);
        assertEquals(store.tryPop(), undefined);
      }
    }
  }
});

Deno.test("ArrayStore says closed after the seal, full or not, and gives what is there", () => {
  for (const capacity of [2, 3]) {
    for (const count of [0, 1, capacity]) {
      const [store] = storeFor(capacity);
      for (let k = 0; k < count; k++) store.tryPush(k);
      store.seal();
      assertEquals(store.tryPush(9), CLOSED);
      assertEquals(store.size, count);
      for (let k = 0; k < count; k++) assertEquals(store.tryPop(), k);
      assertEquals(store.tryPush(9), CLOSED);
      assertEquals(store.tryPop(), undefined);
    }
  }
});

Deno.test("ArrayStore keeps the room of a record that a lost thread had begun to take", () => {
  // With as many slots as room, and with more.
  for (const capacity of [3, 4]) {
    const [store, slice] = storeFor(capacity, 0);
    for (let k = 0; k < capacity; k++) store.tryPush(k);
    const words = wordsOf(slice, SLOTS + 4 * SLOT);
    using other = claimOther();
    // Claimed, and not drafted yet.
    const stamp = Atomics.exchange(words, SLOTS, -other.id);
    assert(stamp > 0);
    assertEquals(words[SLOTS + 1], stamp);
    currentThread().threads.markLost(other.id);
    assertEquals(store.tryPush(9), FULL);
    assertEquals(store.size, capacity);
    for (let k = 0; k < capacity; k++) assertEquals(store.tryPop(), k);
    assertEquals(store.tryPop(), undefined);
  }
});

Deno.test("ArrayStore gives back the room that a lost thread had claimed", () => {
  for (const seals of [false, true]) {
    const [store, slice] = storeFor(3, 0);
    const words = wordsOf(slice, SLOTS + 4 * SLOT);
    using other = claimOther();
    Atomics.exchange(words, SLOTS, -other.id);
    currentThread().threads.markLost(other.id);
    if (seals) store.seal();
    assertEquals(store.tryPop(), undefined);
    assertEquals(store.size, 0);
    assertEquals(store.tryPush(1), seals ? CLOSED : PUSHED);
    assertEquals(store.tryPop(), seals ? undefined : 1);
  }
});
