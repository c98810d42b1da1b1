import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { DesyncClosedError, pipe, pipeIn } from "../../../desync/mod.ts";
import { Channel } from "../../../sync/mod.ts";
import { add, addLater, get, push, read } from "./jobs.ts";
import { Endless } from "../endless.ts";
import { rest } from "../rest.ts";
import type { OrderedCase } from "./ordered_case.ts";

/** Pipes through objects. */
export const PIPE_CASES: readonly OrderedCase[] = [
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

  ...[1, 3, 5].map((depth): OrderedCase => [
    `pipe() of depth ${depth} reads so many items ahead from a source that always has one (D22)`,
    async (place) => {
      const object = await place.make(0);
      const source = new Endless();
      const options = depth === 5 ? {} : { depth };
      await using out = pipe(object, source, add, options);
      await rest();
      assertStrictEquals(source.read, depth);
      for (let taken = 1; taken <= 20; taken++) {
        await out.next();
        await rest();
        assertStrictEquals(source.read, depth + taken);
      }
      // With takers that wait, there are so many between the source and them.
      await Promise.all(Array.from({ length: 20 }, () => out.next()));
      await rest();
      assertStrictEquals(source.read, depth + 40);
    },
  ]),

  [
    "pipeIn() reads no more than its depth ahead of what is done (D22)",
    async (place) => {
      const source = new Endless();
      const object = await place.make(0);
      const controller = new AbortController();
      const pause = object.suspend();
      const piped = pipeIn(object, source, add, {
        depth: 3,
        signal: controller.signal,
      });
      await rest();
      assertStrictEquals(source.read, 3);
      pause.resume();
      while (source.read < 100) await read(object);
      controller.abort("enough");
      assertStrictEquals(await piped.catch((reason) => reason), "enough");
      assert(source.isReturned);
    },
  ],

  [
    "pipe() leaves a channel full when nobody takes its results (D22)",
    async (place) => {
      const channel = new Channel("i32", { capacity: 1 });
      const [sender, receiver] = [channel.sender(), channel.receiver()];
      const object = await place.make(0);
      await using out = pipe(object, receiver, add, { depth: 3 });
      for (let k = 0; k < 4; k++) await sender.sendAsync(k);
      await rest();
      assert(!sender.trySend(5), "full");
      await out.next();
      await sender.sendAsync(5);
      assert(!sender.trySend(6), "full");
    },
  ],

  ["pipe() carries 100,000 items in a loop (D23)", async (place) => {
    const object = await place.make(0);
    let count = 0;
    for await (const sum of pipe(object, numbers(100_000), add)) {
      count++;
      // An assertion would take longer than all the rest.
      if (sum !== count * (count + 1) / 2) assertStrictEquals(sum, count);
    }
    assertStrictEquals(count, 100_000);
  }],

  [
    "Pipe.return() closes the source, and gives up jobs that have not started (D24)",
    async (place) => {
      const source = new Endless();
      const object = await place.make(0);
      const pause = object.suspend();
      await pause.reached;
      const out = pipe(object, source, add);
      await rest();
      const waits = out.next();
      await out.return();
      assert(source.isReturned);
      const over = { done: true, value: undefined } as const;
      assertEquals(await waits, over);
      assertEquals(await out.next(), over);
      pause.resume();
      assertStrictEquals(await read(object), 0);
    },
  ],
];

function* numbers(count: number): Generator<number> {
  for (let k = 1; k <= count; k++) yield k;
}
