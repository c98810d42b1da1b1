/**
 * Model tests of an owner that hands its object over: it makes `OWNER` 0, waits until
 * nobody is just asking it, and takes what it was asked. Others ask meanwhile, as
 * `Asking` does.
 *
 * Bounds: all interleavings of two threads, and of three within two preemptions. Where a
 * thread would wait for another one by looking again and again, it ends: the schedules in
 * which it looks later are among the others.
 */

import { assert, assertEquals } from "@std/assert";
import { Writer } from "../../codec/writer.ts";
import { ANYBODY, NOBODY } from "../../desync/remote/job_frame.ts";
import {
  allocateQueue,
  SharedQueue,
} from "../../desync/remote/shared_queue.ts";
import type { SharedSlice } from "../../sync/memory/memory.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { boundsOf, crewOf, explored } from "./program.ts";

type Module = Pick<
  typeof import("../../desync/remote/shared_queue.ts"),
  "SharedQueue"
>;

/** A frame: who asks, for what in turn, and of whom. */
type Asked = readonly [slot: number, turn: number, owner: number];

const SHAPE = { reserve: 1024, segment: 128 };

let crew: CurrentThread[] = [];

function setup(): SharedSlice {
  crew = crewOf(4);
  becomeThread(crew[3]!);
  const slice = allocateQueue(SHAPE);
  new SharedQueue(slice, SHAPE).setOwner(crew[2]!.id);
  return slice;
}

/** Asks so often; of whoever has the object, or of nobody. */
function asks(slot: number, times: number, module: Module) {
  return (slice: SharedSlice): void => {
    const queue = new module.SharedQueue(slice, SHAPE);
    for (let turn = 0; turn < times; turn++) {
      queue.enter();
      const { owner } = queue;
      if (owner === NOBODY) {
        queue.leave();
        if (!queue.isLeftAlone) return;
      }
      const out = new Writer(16);
      for (const word of [slot, turn, owner]) out.word(word);
      queue.push(out);
      if (owner !== NOBODY) queue.leave();
    }
  };
}

/** Asks for what any owner can run, as nobody keeps the owner for. */
function asksAnybody(module: Module) {
  return (slice: SharedSlice): "begins" | undefined => {
    const queue = new module.SharedQueue(slice, SHAPE);
    if (queue.owner === NOBODY) return;
    const out = new Writer(16);
    for (const word of [0, 0, ANYBODY]) out.word(word);
    queue.push(out);
    // Whoever has it is called; if it is gone, the next one is made.
    return queue.mustCall() && queue.owner === NOBODY ? "begins" : undefined;
  };
}

/** Takes what is there, in order. */
function takeAll(queue: SharedQueue, isLast: boolean): Asked[] {
  const taken: Asked[] = [];
  for (;;) {
    const frame = queue.pop(
      (frame): Asked => [frame.word(), frame.word(), frame.word()],
      isLast,
    );
    if (frame === undefined) return taken;
    taken.push(frame);
  }
}

/** Hands the object over. Returns what it took; undefined: it would wait. */
function handsOver(module: Module) {
  return (slice: SharedSlice): Asked[] | undefined => {
    const queue = new module.SharedQueue(slice, SHAPE);
    queue.getUp();
    queue.clearOwner();
    if (!queue.isLeftAlone) return undefined;
    const taken: Asked[] = [];
    do taken.push(...takeAll(queue, true)); while (!queue.tryToRest(true));
    return taken;
  };
}

function scene(
  askers: readonly number[],
  module: Module,
  preemptions?: number,
) {
  const owner = askers.length;
  return {
    setup,
    enter: (thread: number) => becomeThread(crew[thread]!),
    threads: [
      ...askers.map((times, slot) => asks(slot, times, module)),
      handsOver(module),
    ],
    check: (slice: SharedSlice, results: readonly unknown[]) => {
      const taken = results[owner] as Asked[] | undefined;
      if (taken === undefined) return;
      becomeThread(crew[3]!);
      const left = takeAll(new SharedQueue(slice, SHAPE), false);
      assert(taken.every(([, , owner]) => owner !== NOBODY), "taken of nobody");
      assert(
        left.every(([, , owner]) => owner === NOBODY),
        "left of the owner",
      );
      for (const asker of askers.keys()) {
        const turns = [...taken, ...left]
          .filter(([slot]) => slot === asker).map(([, turn]) => turn);
        assertEquals(turns, turns.toSorted());
      }
    },
    ...boundsOf(preemptions === undefined ? {} : { preemptions }),
  };
}

const ORIGINAL: Module = { SharedQueue };

Deno.test("SharedQueue: who hands over takes all that it was asked, and nothing else", async () => {
  await explored(scene([2], ORIGINAL));
  await explored(scene([2, 1], ORIGINAL, 2));
});

function anybody(module: Module) {
  return {
    setup,
    enter: (thread: number) => becomeThread(crew[thread]!),
    threads: [asksAnybody(module), handsOver(module)],
    check: (slice: SharedSlice, [begins, taken]: readonly unknown[]) => {
      if (taken === undefined) return;
      becomeThread(crew[3]!);
      const left = takeAll(new SharedQueue(slice, SHAPE), false);
      assert(left.length === 0 || begins === "begins", "left to nobody");
    },
    ...boundsOf({}),
  };
}

Deno.test("SharedQueue: what is left by who hands over is left to who is made", async () => {
  await explored(anybody(ORIGINAL));
});

Deno.test("SharedQueue: the model finds one that looks no more once it rests for good", async () => {
  const broken = await mutant<Module>("desync/remote/shared_queue.ts", [[
    "this.#frames.size === 0 || (isLast && this.#isLeft())",
    "isLast || this.#frames.size === 0",
  ]]);
  await refuses("exception", anybody(broken));
});

const MISTAKES: readonly (readonly [name: string, edits: readonly Edit[]])[] = [
  ["does not say that somebody asks", [[
    "Atomics.add(this.#words, ASKING, 1);",
    "",
  ], ["Atomics.sub(this.#words, ASKING, 1);", ""]]],
  ["takes what nobody was asked for", [[
    "isLast ? () => reader.words[ASKED_OF] !== NOBODY : undefined",
    "undefined",
  ]]],
];

for (const [name, edits] of MISTAKES) {
  Deno.test(`SharedQueue: the model finds one that ${name} while it is handed over`, async () => {
    const broken = await mutant<Module>("desync/remote/shared_queue.ts", edits);
    await refuses("exception", scene([2], broken));
  });
}
