/** What holds for deques, queues and rings of records alike. */

import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { EVENT_COUNT_SIZE } from "../../../sync/thread/event_count.ts";
import { LINE } from "../../../sync/memory/memory.ts";
import {
  Deque,
  DequeOwnerLostError,
  MAX_DEQUE_CAPACITY,
  MAX_QUEUE_CAPACITY,
  MAX_RING_CAPACITY,
  MpmcQueue,
  type RecordKind,
  RingEndLostError,
  type SharedHandle,
  SpscRing,
  type WaitAsyncOptions,
  type WaitOptions,
} from "../../../sync/mod.ts";
import { byteLengthOf } from "../../../sync/queue/deque_layout.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { GOOD, KINDS, refusesOthers } from "../bounded_records.ts";
import { refusesHandles } from "../handles.ts";
import { sliceOf } from "../memory.ts";
import { claimOther, runAs } from "../other_thread.ts";

const TIMEOUT = { timeout: 120_000 };

/** An object that holds records, but for its doors. */
interface Bounded {
  readonly handle: SharedHandle;
  readonly capacity: number;
  readonly size: number;
  readonly isEmpty: boolean;
  readonly isFull: boolean;
}

/** How records are put in. */
interface PushDoors {
  tryPush(value: number): boolean;
  pushMany(values: never): number;
  push(value: number, options?: WaitOptions): void;
  pushAsync(value: number, options?: WaitAsyncOptions): Promise<void>;
}

/** How they are taken out: the oldest one first. */
interface PopDoors {
  tryPop(): number | undefined;
  popMany?(target: never): number;
  pop(options?: WaitOptions): number;
  popAsync(options?: WaitAsyncOptions): Promise<number>;
}

/** An end that one thread has at a time, and puts records in by. */
interface PushEnd extends PushDoors {
  release(): void;
}

/** A class, by what its objects have in common. */
interface BoundedClass {
  create(kind: RecordKind, capacity: number): Bounded;
  attach(handle: SharedHandle): Bounded;
  /** The most records. */
  readonly most: number;
  /** The memory of four `"i32"`, in bytes. */
  readonly size: number;
  pushDoors(object: Bounded): PushDoors;
  popDoors(object: Bounded): PopDoors;
  /** Where one thread at a time puts records in: who waits ends if it is lost. */
  readonly end?: {
    take(object: Bounded): PushEnd;
    readonly lostError: new () => Error;
  };
}

const CLASSES: Readonly<Record<string, BoundedClass>> = {
  Deque: {
    create: (kind, capacity) => new Deque(kind, capacity),
    attach: (handle) => Deque.from(handle as never),
    most: MAX_DEQUE_CAPACITY,
    size: byteLengthOf(4, 1),
    pushDoors: (deque) => (deque as Deque).owner(),
    popDoors: (object) => {
      const deque = object as Deque;
      return {
        tryPop: () => deque.trySteal(),
        pop: (options) => deque.steal(options),
        popAsync: (options) => deque.stealAsync(options),
      };
    },
    end: {
      take: (deque) => (deque as Deque).owner(),
      lostError: DequeOwnerLostError,
    },
  },
  MpmcQueue: {
    create: (kind, capacity) => new MpmcQueue(kind, capacity),
    attach: (handle) => MpmcQueue.from(handle as never),
    most: MAX_QUEUE_CAPACITY,
    size: LINE + 2 * EVENT_COUNT_SIZE + 2 * LINE + 4 * 16,
    pushDoors: (queue) => queue as MpmcQueue,
    popDoors: (queue) => queue as MpmcQueue,
  },
  SpscRing: {
    create: (kind, capacity) => new SpscRing(kind, capacity),
    attach: (handle) => SpscRing.from(handle as never),
    most: MAX_RING_CAPACITY,
    size: 4 * LINE + 2 * EVENT_COUNT_SIZE + 4 * 4,
    pushDoors: (ring) => (ring as SpscRing).producer(),
    popDoors: (ring) => (ring as SpscRing).consumer(),
    end: {
      take: (ring) => (ring as SpscRing).producer(),
      lostError: RingEndLostError,
    },
  },
};

function look({ size, isEmpty, isFull }: Bounded): [number, boolean, boolean] {
  return [size, isEmpty, isFull];
}

for (const [name, type] of Object.entries(CLASSES)) {
  const { create, attach, pushDoors, popDoors, end } = type;

  Deno.test(`${name} capacity is what was asked for, in all threads`, () => {
    for (const capacity of [1, 2, 4, 1024]) {
      const object = create("f64", capacity);
      assertEquals(object.capacity, capacity);
      assertEquals(attach(object.handle).capacity, capacity);
    }
  });

  Deno.test(`${name} zero_capacity and others that are no power of two are refused`, () => {
    const { most } = type;
    for (const capacity of [0, -1, 1.5, 3, 100, NaN, Infinity, 2 * most]) {
      const error = assertThrows(() => create("i32", capacity), RangeError);
      assertStringIncludes(error.message, String(capacity));
    }
    for (const none of ["2", undefined]) {
      assertThrows(() => create("i32", none as never), RangeError);
    }
  });

  Deno.test(`${name} refuses other kinds of records`, () => {
    for (const kind of ["i64", "", undefined, 7, null]) {
      assertThrows(() => create(kind as never, 2), TypeError);
    }
  });

  Deno.test(`${name} refuses handles of something else, too small or of another form`, () => {
    const { handle } = create("i32", 4);
    const change = refusesHandles(handle, attach, type.size);
    // Large enough, and none.
    assertThrows(() => change(sliceOf(8192)), RangeError);
    for (const capacity of [2, 3]) {
      assertThrows(() => change({ capacity }), RangeError);
    }
    for (const record of ["u32", "f64"]) {
      assertThrows(() => change({ record }), RangeError);
    }
    assertThrows(() => change({ record: "i64" }), TypeError);
    assertEquals(change({}).capacity, 4);
  });

  Deno.test(`${name} len_empty_full`, () => {
    const object = create("i32", 2);
    const into = pushDoors(object);
    assertEquals(look(object), [0, true, false]);
    assert(into.tryPush(1));
    assertEquals(look(object), [1, false, false]);
    assert(into.tryPush(2));
    assertEquals(look(object), [2, false, true]);
    assertFalse(into.tryPush(3));
    assertEquals(popDoors(object).tryPop(), 1);
    assertEquals(look(object), [1, false, false]);
  });

  Deno.test(`${name} keeps every number of its kind, and refuses others`, async () => {
    for (const kind of KINDS) {
      const object = create(kind, 16);
      const into = pushDoors(object);
      const out = popDoors(object);
      await refusesOthers(
        kind,
        [(value) => into.tryPush(value), (value) => into.push(value)],
        [(value) => into.pushAsync(value)],
      );
      for (const array of [new Int16Array(1), [1], undefined]) {
        assertThrows(() => into.pushMany(array as never), TypeError);
        if (out.popMany === undefined) continue;
        assertThrows(() => out.popMany!(array as never), TypeError);
      }
      assertEquals(object.size, 0);
      for (const value of GOOD[kind]) into.push(value);
      for (const value of GOOD[kind]) assert(Object.is(out.pop(), value));
      assertEquals(object.size, 0);
    }
  });

  Deno.test(`${name}: waits give up in time and change nothing`, async () => {
    const object = create("i32", 1);
    const into = pushDoors(object);
    const out = popDoors(object);
    for (const timeout of [0, 2]) {
      const error = assertThrows(() => out.pop({ timeout }), DOMException);
      assertEquals(error.name, "TimeoutError");
      await assertRejects(() => out.popAsync({ timeout }), DOMException);
    }
    into.push(1, { timeout: 0 });
    for (const timeout of [0, 2]) {
      assertThrows(() => into.push(2, { timeout }), DOMException);
      await assertRejects(() => into.pushAsync(2, { timeout }), DOMException);
    }
    for (const timeout of [-1, NaN, "5" as never]) {
      assertThrows(() => out.pop({ timeout }), RangeError);
      assertThrows(() => into.push(1, { timeout }), RangeError);
      await assertRejects(() => out.popAsync({ timeout }), RangeError);
      await assertRejects(() => into.pushAsync(1, { timeout }), RangeError);
    }
    assertEquals([out.tryPop(), out.tryPop()], [1, undefined]);
  });

  Deno.test(
    `${name}: an async wait that is given up leaves the record to others`,
    TIMEOUT,
    async () => {
      const object = create("i32", 1);
      const into = pushDoors(object);
      const out = popDoors(object);
      const controller = new AbortController();
      const { signal } = controller;
      const givenUp = out.popAsync({ signal });
      const other = out.popAsync({ timeout: 5000 });
      const reason = new Error("enough");
      controller.abort(reason);
      assertEquals(await givenUp.catch((error) => error), reason);
      into.tryPush(7);
      assertEquals(await other, 7);
      const late = await out.popAsync({ signal }).catch((error) => error);
      assertEquals(late, reason);
    },
  );

  Deno.test(`${name}: the async doors wake each other`, TIMEOUT, async () => {
    const object = create("f64", 1);
    const into = pushDoors(object);
    const out = popDoors(attach(object.handle));
    const numbers = Array.from({ length: 50 }, (_, k) => k + 0.5);
    const taken: number[] = [];
    await Promise.all([
      (async () => {
        for (const _ of numbers) taken.push(await out.popAsync());
      })(),
      (async () => {
        for (const number of numbers) await into.pushAsync(number);
      })(),
    ]);
    assertEquals(taken, numbers);
  });

  if (end === undefined) continue;

  Deno.test(`${name} gives the end that adds to one thread at a time`, () => {
    const object = create("i32", 4);
    const take = () => end.take(object);
    using other = claimOther();
    const first = take();
    assertThrows(take, TypeError);
    runAs(other.id, () => assertThrows(take, TypeError));
    first.tryPush(1);
    first.release();
    const next = runAs(other.id, take);
    next.tryPush(2);
    // Not of this thread: it cannot give back what another one has.
    first.release();
    assertThrows(take, TypeError);
    const out = popDoors(object);
    assertEquals([out.tryPop(), out.tryPop()], [1, 2]);
  });

  Deno.test(`${name}: release() of the end that adds gives back once what it took`, () => {
    const object = create("i32", 2);
    const former = end.take(object);
    former.release();
    end.take(object);
    former.release();
    assertThrows(() => end.take(object), TypeError);
  });

  Deno.test(
    `${name}: what a lost thread added is there, nobody waits for more, and its end can be taken`,
    TIMEOUT,
    async () => {
      const object = create("i32", 4);
      using other = claimOther();
      runAs(other.id, () => end.take(object).tryPush(1));
      currentThread().threads.markLost(other.id);
      const out = popDoors(object);
      assertEquals(out.pop(), 1);
      assertThrows(() => out.pop({ timeout: 5000 }), end.lostError);
      await assertRejects(() => out.popAsync(), end.lostError);
      const next = end.take(object);
      assert(next.tryPush(2));
      assertEquals(out.pop(), 2);
      next.release();
    },
  );
}
