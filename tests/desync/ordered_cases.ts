/**
 * What every kind of object does, wherever it lives. The jobs use nothing but what they are
 * given, so that they can be sent as their source.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  DesyncClosedError,
  DesyncPoisonedError,
  pipe,
  pipeIn,
} from "../../desync/mod.ts";
import { Channel, DeadlockError } from "../../sync/mod.ts";
import { countListeners } from "../support/counted_listeners.ts";
import { randomFrom } from "../sync/random.ts";
import type { AnyDesync, Place } from "./ordered_places.ts";

/** A case: what it shows, and how. */
export type OrderedCase = readonly [
  name: string,
  run: (place: Place) => Promise<void>,
];

interface Ref<T> {
  value: T;
}

const get = <T>(ref: Ref<T>): T => ref.value;
const push = <T>(ref: Ref<T[]>, item: T): number => ref.value.push(item);
const addLater = async (ref: Ref<number>, n: number): Promise<number> => {
  const before = ref.value;
  await Promise.resolve();
  await Promise.resolve();
  return ref.value = before + n;
};
const parse = (_ref: unknown, text: string): unknown => JSON.parse(text);

/** Sync on an object whose jobs may have been under way: in the order of all. */
async function read<T>(object: AnyDesync<T>): Promise<T> {
  return await object.futureSync(get<T>) as T;
}

/** Calls every door of an object; gives the names of those that do not refuse with a class. */
async function doorsThatTake(
  object: AnyDesync<number>,
  refusal: typeof DesyncClosedError | typeof DesyncPoisonedError,
): Promise<string[]> {
  const doors: Record<string, () => unknown> = {
    desync: () => object.desync(get),
    sync: () => object.sync(get),
    trySync: () => object.trySync(get),
    futureSync: () => object.futureSync(get),
    futureDesync: () => object.futureDesync(get),
    after: () => object.after(Promise.resolve(), get),
  };
  const taking: string[] = [];
  for (const [name, door] of Object.entries(doors)) {
    try {
      await door();
      taking.push(name);
    } catch (error) {
      if (!(error instanceof refusal)) taking.push(`${name}: ${error}`);
    }
  }
  return taking;
}

export const ORDERED_CASES: readonly OrderedCase[] = [
  ["sync() returns what the job returns (D1)", async (place) => {
    const object = await place.make(40);
    assertStrictEquals(object.sync((n, more) => n.value + more, 2), 42);
    assertStrictEquals(object.sync((n) => n.value = 7), 7);
    assertStrictEquals(object.sync(get), 7);
  }],

  [
    "sync() sees what desync() has done, 1000 times with two updates (D2)",
    async (place) => {
      const object = await place.make(0);
      for (let k = 0; k < 1000; k++) {
        object.desync((n) => {
          n.value = 42;
        });
        object.desync((n) => {
          n.value++;
        });
        assertStrictEquals(object.sync(get), 43);
      }
    },
  ],

  [
    "futures see what desync() has done, 1000 times (D2)",
    async (place) => {
      const object = await place.make(0);
      for (let k = 0; k < 1000; k++) {
        object.desync((n) => {
          n.value = 42;
        });
        const future = k % 2 === 0
          ? object.futureDesync((n) => ++n.value)
          : object.futureSync((n) => ++n.value);
        assertStrictEquals(await future, 43);
      }
    },
  ],

  [
    "Jobs of all doors run in the order of the calls, each once (D3, D4)",
    async (place) => {
      for (let seed = 0; seed < 20; seed++) {
        const random = randomFrom(seed);
        const object = await place.make<number[]>([]);
        const futures: PromiseLike<number>[] = [];
        const lengths: number[] = [];
        for (let k = 0; k < 50; k++) {
          const door = random(4);
          if (door === 0) object.desync(push, k);
          else if (door === 1) {
            futures.push(object.futureDesync(push, k));
            lengths.push(k + 1);
          } else if (door === 2) {
            futures.push(object.futureSync(push, k));
            lengths.push(k + 1);
          } else assertStrictEquals(object.sync(push, k), k + 1);
        }
        assertEquals(await Promise.all(futures), lengths);
        assertEquals(
          await read(object),
          Array.from({ length: 50 }, (_, k) => k),
        );
      }
    },
  ],

  [
    "Asynchronous jobs of all doors run in the order of the calls (D3)",
    async (place) => {
      const object = await place.make<number[]>([]);
      const slowly = async (list: Ref<number[]>, n: number, waits: number) => {
        for (let k = 0; k < waits; k++) await Promise.resolve();
        return list.value.push(n);
      };
      const futures: PromiseLike<number>[] = [];
      for (let k = 0; k < 30; k += 3) {
        object.desync(slowly, k, k % 7);
        futures.push(object.futureDesync(slowly, k + 1, k % 5));
        futures.push(
          object.after(
            Promise.resolve(k + 2),
            (list, n) => list.value.push(n),
          ),
        );
      }
      await Promise.all(futures);
      assertEquals(await read(object), Array.from({ length: 30 }, (_, k) => k));
    },
  ],

  [
    "futureDesync() runs whether it is awaited, joined, detached or forgotten (D6)",
    async (place) => {
      const object = await place.make<string[]>([]);
      const forgotten = object.futureDesync(push, "forgotten");
      object.futureDesync(push, "detached").detach();
      const joined = object.futureDesync(push, "joined");
      assertStrictEquals(joined.join(), 3);
      assertStrictEquals(joined.join(), 3, "again");
      assertStrictEquals(await joined, 3);
      assertStrictEquals(await object.futureDesync(push, "awaited"), 4);
      assertEquals(object.sync(get), [
        "forgotten",
        "detached",
        "joined",
        "awaited",
      ]);
      assertStrictEquals(await forgotten, 1);
    },
  ],

  [
    "DesyncFuture.join() throws what the job threw, and that is handled then (D6)",
    async (place) => {
      const object = await place.make(0);
      const future = object.futureDesync(parse, "{");
      assertThrows(() => future.join(), SyntaxError);
      await assertRejects(() => future.then(), SyntaxError);
      assertStrictEquals(object.sync(get), 0);
    },
  ],

  [
    "SyncFuture.cancel() takes the job out of the queue, which goes on (D7)",
    async (place) => {
      const object = await place.make<number[]>([]);
      const pause = object.suspend();
      const first = object.futureSync(push, 1);
      const second = object.futureSync(push, 2);
      const third = object.futureSync(push, 3);
      assert(second.cancel("not needed"));
      assert(!second.cancel());
      {
        using _scoped = object.futureSync(push, 4);
      }
      pause.resume();
      assertStrictEquals(await second.catch((reason) => reason), "not needed");
      assertStrictEquals(await first, 1);
      assertStrictEquals(await third, 2);
      assert(!third.cancel());
      assertEquals(await read(object), [1, 3]);
    },
  ],

  [
    "SyncFuture.cancel() rejects with an AbortError by default (D7)",
    async (place) => {
      const object = await place.make(0);
      using _pause = object.suspend();
      const future = object.futureSync(get);
      future.cancel();
      const error = await assertRejects(() => future.then(), DOMException);
      assertStrictEquals(error.name, "AbortError");
    },
  ],

  [
    "SyncFuture.cancelOn() gives the job up when the signal is aborted, and lets go of that (D7)",
    async (place) => {
      const object = await place.make(1);
      const controller = new AbortController();
      const { signal } = controller;
      const listeners = countListeners(signal);
      assertStrictEquals(await object.futureSync(get).cancelOn(signal), 1);
      assertStrictEquals(listeners(), 0);
      const pause = object.suspend();
      const late = object.futureSync((n) => n.value = 2).cancelOn(signal);
      controller.abort("gone");
      const never = object.futureSync((n) => n.value = 3).cancelOn(signal);
      assertStrictEquals(await late.catch((reason) => reason), "gone");
      assertStrictEquals(await never.catch((reason) => reason), "gone");
      pause.resume();
      assertStrictEquals(await read(object), 1);
      assertThrows(
        () => object.futureSync(get).cancelOn({} as AbortSignal),
        TypeError,
      );
    },
  ],

  [
    "after() holds later jobs until the promise is settled, which may be before or after its turn (D8)",
    async (place) => {
      const object = await place.make<string[]>([]);
      const late = Promise.withResolvers<string>();
      const results = [
        object.futureDesync(push, "1"),
        object.after(
          late.promise,
          (list, output, more) => list.value.push(output + more),
          "!",
        ),
        object.futureDesync(push, "3"),
        object.after(Promise.resolve("4"), push),
        object.futureDesync(push, "5"),
      ];
      assertStrictEquals(await results[0], 1);
      assertEquals(object.trySync(get), { state: "busy" });
      late.resolve("2");
      assertEquals(await Promise.all(results), [1, 2, 3, 4, 5]);
      assertEquals(await read(object), ["1", "2!", "3", "4", "5"]);
    },
  ],

  [
    "after() gives the reason of a promise that is rejected, and does not run the job (D8)",
    async (place) => {
      const object = await place.make<string[]>([], { onFailure: "poison" });
      const result = object.after(Promise.reject("refused"), push);
      const next = object.futureDesync(push, "next");
      assertStrictEquals(await result.catch((reason) => reason), "refused");
      assertStrictEquals(await next, 1);
      assert(!object.isPoisoned);
    },
  ],

  [
    "Data is of one job alone while that awaits (D9)",
    async (place) => {
      const object = await place.make(0);
      const futures = Array.from(
        { length: 200 },
        (_, k) =>
          k % 2 === 0
            ? object.futureSync(addLater, 1)
            : object.futureDesync(addLater, 1),
      );
      assertEquals(
        await Promise.all(futures),
        futures.map((_, k) => k + 1),
      );
    },
  ],

  [
    "trySync() runs its job when nothing else is to be done, and else does nothing (D12)",
    async (place) => {
      const object = await place.make(1);
      assertEquals(object.trySync((n) => ++n.value), { state: "ok", value: 2 });
      object.desync((n) => ++n.value);
      assertStrictEquals(object.sync(get), 3);
      assertEquals(object.trySync(get), { state: "ok", value: 3 });
      const pause = object.suspend();
      await pause.reached;
      const busy = object.trySync((n) => n.value = 0);
      assertEquals(busy, { state: "busy" });
      pause.resume();
      assertStrictEquals(await read(object), 3);
      assertEquals(object.trySync(get), { state: "ok", value: 3 });
    },
  ],

  [
    "Disposal waits for all jobs, and refuses others (D13)",
    async (place) => {
      const object = await place.make(0);
      const futures = [];
      for (let k = 0; k < 20; k++) futures.push(object.futureSync(addLater, 1));
      const { closing } = object;
      assert(!closing.aborted);
      const disposed = object[Symbol.asyncDispose]();
      assert(closing.aborted);
      assertInstanceOf(closing.reason, DesyncClosedError);
      const settled: number[] = [];
      for (const future of futures) {
        void future.then((value) => settled.push(value));
      }
      await disposed;
      await Promise.all(futures);
      assertEquals(settled, futures.map((_, k) => k + 1));
      assertEquals(await doorsThatTake(object, DesyncClosedError), []);
      assertThrows(() => object.suspend(), DesyncClosedError);
      await object[Symbol.asyncDispose]();

      const other = await place.make(0);
      await other[Symbol.asyncDispose]();
      assert(other.closing.aborted, "asked for the first time");
    },
  ],

  [
    "Disposal runs `dispose` last, and is rejected if that fails (D13)",
    async (place) => {
      const object = await place.make(1, {
        onFailure: "poison",
        dispose: (n) => {
          throw new RangeError(`left: ${n.value}`);
        },
      });
      object.desync((n) => ++n.value);
      await assertRejects(
        () => object[Symbol.asyncDispose](),
        RangeError,
        "left: 2",
      );
      assertEquals(await doorsThatTake(object, DesyncClosedError), []);
    },
  ],

  [
    "suspend() stops between two jobs until resume(), 1000 times (D16)",
    async (place) => {
      const object = await place.make(0);
      for (let k = 0; k < 1000; k++) {
        object.desync((n) => {
          n.value = 0;
        });
        const before = object.futureDesync((n) => n.value);
        const pause = object.suspend();
        const after = object.futureDesync((n) => ++n.value);
        assertStrictEquals(await before, 0);
        if (k % 3 === 0) await pause.reached;
        if (k % 2 === 0) pause.resume();
        else pause[Symbol.dispose]();
        pause.resume();
        await pause.reached;
        assertStrictEquals(await after, 1);
      }
    },
  ],

  [
    "suspend() takes a place of its own each time (D16)",
    async (place) => {
      const object = await place.make<number[]>([]);
      const pauses = [object.suspend(), object.suspend()];
      const pushed = object.futureSync(push, 1);
      pauses[1]!.resume();
      await pauses[0]!.reached;
      assertEquals(object.trySync(get), { state: "busy" });
      pauses[0]!.resume();
      assertStrictEquals(await pushed, 1);
    },
  ],

  [
    "sync() and join() on an object that is suspended are DeadlockErrors, and leave nothing behind (D16, D25)",
    async (place) => {
      const object = await place.make(0);
      const pause = object.suspend();
      await pause.reached;
      assertThrows(() => object.sync((n) => ++n.value), DeadlockError);
      const future = object.futureDesync(get);
      assertThrows(() => future.join(), DeadlockError);
      pause.resume();
      assertStrictEquals(await future, 0);
    },
  ],

  [
    "Disposal ends suspensions (D16)",
    async (place) => {
      const object = await place.make(0);
      const reached = object.suspend();
      await reached.reached;
      const last = object.futureSync((n) => ++n.value);
      const ahead = object.suspend();
      await object[Symbol.asyncDispose]();
      assertStrictEquals(await last, 1);
      await ahead.reached;
      reached.resume();
      ahead.resume();
    },
  ],

  [
    "A job that throws tells who waits for it, and nobody else notices (D18)",
    async (place) => {
      const object = await place.make(1);
      const failed = object.futureSync(parse, "{");
      const next = object.futureSync(get);
      await assertRejects(() => failed.then(), SyntaxError);
      assertStrictEquals(await next, 1);
      assertThrows(() => object.sync(parse, "{"), SyntaxError);
      assertThrows(() => object.trySync(parse, "{"), SyntaxError);
      assertStrictEquals(object.sync(get), 1);
      assert(!object.isPoisoned);
    },
  ],

  [
    'With `onFailure: "poison"` all who wait and all who come later are told, with the error as cause (D18)',
    async (place) => {
      const object = await place.make(1, { onFailure: "poison" });
      const pause = object.suspend();
      const failed = object.futureDesync(async (_, text) => {
        await Promise.resolve();
        return JSON.parse(text);
      }, "{");
      const waiting = [
        object.futureSync((n) => n.value = 2),
        object.futureDesync((n) => n.value = 3),
        object.after(Promise.resolve(4), (n, four) => n.value = four),
      ];
      const behind = object.suspend();
      pause.resume();
      await assertRejects(() => failed.then(), SyntaxError);
      for (const one of waiting) {
        const refusal = await assertRejects(
          () => one.then(),
          DesyncPoisonedError,
        );
        assertInstanceOf(refusal.cause, SyntaxError);
      }
      await behind.reached;
      assert(object.isPoisoned);
      assertEquals(await doorsThatTake(object, DesyncPoisonedError), []);
      const refusal = assertThrows(() => object.sync(get), DesyncPoisonedError);
      assertInstanceOf(refusal.cause, SyntaxError);

      object.clearPoison();
      assert(!object.isPoisoned);
      assertStrictEquals(await read(object), 1);
      object.clearPoison();
    },
  ],

  [
    "An object that is poisoned is disposed of without an error, and `dispose` runs (D18)",
    async (place) => {
      for (const isWaiting of [false, true]) {
        const object = await place.make(1, {
          onFailure: "poison",
          dispose: () => {},
        });
        const pause = object.suspend();
        const failed = object.futureSync(parse, "{");
        const refused = object.futureSync(get);
        const check = assertRejects(() => failed.then(), SyntaxError);
        const checkNext = assertRejects(
          () => refused.then(),
          DesyncPoisonedError,
        );
        if (!isWaiting) {
          pause.resume();
          await check;
        }
        await object[Symbol.asyncDispose]();
        await check;
        await checkNext;
      }
    },
  ],

  [
    "pipeIn() does each item of a finite source in order (D19)",
    async (place) => {
      for (
        const source of [
          [1, 2, 3],
          ReadableStream.from([1, 2, 3]),
          (async function* () {
            yield* [1, 2, 3];
          })(),
        ]
      ) {
        const object = await place.make<number[]>([]);
        await pipeIn(object, source, push);
        assertEquals(await read(object), [1, 2, 3]);
      }
    },
  ],

  [
    "pipeIn() does each message of a channel in order (D19)",
    async (place) => {
      const object = await place.make<number[]>([]);
      const channel = new Channel("i32", { capacity: 2 });
      const [sender, receiver] = [channel.sender(), channel.receiver()];
      const piped = pipeIn(object, receiver, push);
      for (let k = 0; k < 100; k++) await sender.sendAsync(k);
      sender.close();
      await piped;
      assertEquals(
        await read(object),
        Array.from({ length: 100 }, (_, k) => k),
      );
    },
  ],

  [
    "pipeIn() ends when its object is disposed of, and cancels a source that is silent (D19)",
    async (place) => {
      const object = await place.make(0);
      let reason: unknown;
      const source = new ReadableStream<number>({
        start: (controller) => controller.enqueue(1),
        cancel(why) {
          reason = why;
        },
      });
      const piped = pipeIn(object, source, (n, item) => n.value += item);
      while (await read(object) === 0);
      await object[Symbol.asyncDispose]();
      await piped;
      assertInstanceOf(reason, DesyncClosedError);
      await assertRejects(
        () => pipeIn(object, [1], get),
        DesyncClosedError,
        undefined,
        "not so if it was gone before",
      );
    },
  ],

  [
    "pipe() gives the results in order, and sees what is done between two items, 1000 times (D20)",
    async (place) => {
      const object = await place.make(0);
      const channel = new Channel("i32", { capacity: 1 });
      const [sender, receiver] = [channel.sender(), channel.receiver()];
      await using out = pipe(object, receiver, (n, item) => n.value + item);
      for (let k = 0; k < 1000; k++) {
        object.desync((n) => {
          n.value = 1;
        });
        await sender.sendAsync(2);
        assertEquals(await out.next(), { done: false, value: 3 });
        object.desync((n) => {
          n.value = 4;
        });
        await sender.sendAsync(42);
        assertEquals(await out.next(), { done: false, value: 46 });
      }
      sender.close();
      assertEquals(await out.next(), { done: true, value: undefined });
    },
  ],

  [
    "Pipe.next() gives all results, then the end of the source (D21)",
    async (place) => {
      const object = await place.make(1);
      const out = pipe(object, [1, 2, 3], addLater, { depth: 2 });
      const results = [out.next(), out.next(), out.next(), out.next()];
      const over = { done: true, value: undefined } as const;
      assertEquals(await Promise.all(results), [
        { done: false, value: 2 },
        { done: false, value: 4 },
        { done: false, value: 7 },
        over,
      ]);
      assertEquals(await out.next(), over);
      assertEquals(await out.return(), over);
    },
  ],
];
