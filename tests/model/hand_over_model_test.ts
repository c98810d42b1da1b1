/**
 * Model tests of an owner that hands its object over: it makes `OWNER` 0, waits until
 * nobody is just asking it, and takes what it was asked. Others ask meanwhile, as
 * `Asking` does. And of owners that follow one that was lost: what others ask of nobody
 * is for the next one.
 *
 * Bounds: all interleavings of two threads, and of three within two preemptions. Where a
 * thread would wait for another one by looking again and again, it ends: the schedules in
 * which it looks later are among the others.
 */

import { assert, assertEquals } from "@std/assert";
import { Writer } from "../../codec/writer.ts";
import {
  ANYBODY,
  lifeAsked,
  nextAfter,
  NOBODY,
} from "../../desync/remote/job_frame.ts";
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

/** How often the object was made when it is handed over, or lost. */
const LIFE = 1;

/** A frame: who asks, for what in turn, and of whom. */
type Asked = readonly [slot: number, turn: number, owner: number];

const SHAPE = { reserve: 1024, segment: 128 };

let crew: CurrentThread[] = [];

function setup(): SharedSlice {
  crew = crewOf(4);
  becomeThread(crew[3]!);
  const slice = allocateQueue(SHAPE);
  new SharedQueue(slice, SHAPE).setOwner(crew[2]!.id, LIFE);
  return slice;
}

/** Asks so often; of whoever has the object, or of nobody. */
function asks(slot: number, times: number, module: Module) {
  return (slice: SharedSlice): void => {
    const queue = new module.SharedQueue(slice, SHAPE);
    for (let turn = 0; turn < times; turn++) {
      const life = queue.enter();
      const { owner } = queue;
      if (owner === NOBODY) {
        queue.leave();
        if (!queue.isLeftAlone) return;
      }
      const askedOf = owner === NOBODY ? nextAfter(life) : owner;
      const out = new Writer(16);
      for (const word of [slot, turn, askedOf]) out.word(word);
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
function takeAll(queue: SharedQueue, last: number = 0): Asked[] {
  const taken: Asked[] = [];
  for (;;) {
    const frame = queue.pop(
      (frame): Asked => [frame.word(), frame.word(), frame.word()],
      last,
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
    do taken.push(...takeAll(queue, LIFE)); while (!queue.tryToRest(LIFE));
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
      const left = takeAll(new SharedQueue(slice, SHAPE));
      assert(taken.every(([, , of]) => of > 0), "taken of the next one");
      assert(
        left.every(([, , of]) => of === nextAfter(LIFE)),
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
      const left = takeAll(new SharedQueue(slice, SHAPE));
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
    "this.#frames.size === 0 || (last > 0 && this.#isLeft(last))",
    "last > 0 || this.#frames.size === 0",
  ]]);
  await refuses("exception", anybody(broken));
});

const MISTAKES: readonly (readonly [name: string, edits: readonly Edit[]])[] = [
  ["does not say that somebody asks", [[
    "Atomics.add(this.#words, ASKING, 1);",
    "",
  ], ["Atomics.sub(this.#words, ASKING, 1);", ""]]],
  ["takes what nobody was asked for", [[
    "const isWanted = () => !isOfLater(reader.words[ASKED_OF]!, last);",
    "const isWanted = undefined;",
  ]]],
];

for (const [name, edits] of MISTAKES) {
  Deno.test(`SharedQueue: the model finds one that ${name} while it is handed over`, async () => {
    const broken = await mutant<Module>("desync/remote/shared_queue.ts", edits);
    await refuses("exception", scene([2], broken));
  });
}

/** Asks of the worker in the post of the object, or of the next life if it has none. */
function asksWorker(worker: number, module: Module) {
  return (slice: SharedSlice): number => {
    const queue = new module.SharedQueue(slice, SHAPE);
    const life = queue.enter();
    const isThere = queue.owner === crew[worker]!.id;
    if (!isThere) queue.leave();
    const askedOf = isThere ? queue.owner : nextAfter(life);
    const out = new Writer(16);
    for (const word of [0, 0, askedOf]) out.word(word);
    queue.push(out);
    if (isThere) queue.leave();
    return askedOf;
  };
}

/** Takes the place of one that is lost, and what was asked for. */
function follows(worker: number, module: Module) {
  return (slice: SharedSlice): Asked[] => {
    const queue = new module.SharedQueue(slice, SHAPE);
    queue.setOwner(crew[worker]!.id, queue.life + 1);
    queue.getUp();
    const taken: Asked[] = [];
    do taken.push(...takeAll(queue)); while (!queue.tryToRest());
    return taken;
  };
}

/** The worker in the post has the object made while others ask for something. */
function madeAgain(askers: number, module: Module) {
  const worker = askers;
  return {
    setup,
    enter: (thread: number) => becomeThread(crew[thread]!),
    threads: [
      ...Array.from({ length: askers }, () => asksWorker(worker, module)),
      follows(worker, module),
    ],
    check: (slice: SharedSlice, results: readonly unknown[]) => {
      becomeThread(crew[3]!);
      const left = takeAll(new SharedQueue(slice, SHAPE));
      const asked = results.slice(0, askers) as number[];
      // Whoever was there before is lost: a later life than this one does not come.
      assert(asked.every((of) => lifeAsked(of) <= LIFE + 1), asked.join());
      const taken = results[worker] as Asked[];
      assertEquals(taken.length + left.length, askers);
    },
    ...boundsOf(askers > 1 ? { preemptions: 2 } : {}),
  };
}

Deno.test("SharedQueue: what is asked of nobody is asked of the very next one", async () => {
  await explored(madeAgain(1, ORIGINAL));
  await explored(madeAgain(2, ORIGINAL));
});

Deno.test("SharedQueue: the model finds one that counts a life before anybody finds who has it", async () => {
  const broken = await mutant<Module>("desync/remote/shared_queue.ts", [[
    "    Atomics.store(words, OWNER, thread);\n    Atomics.store(words, LIFE, life);\n",
    "    Atomics.store(words, LIFE, life);\n    Atomics.store(words, OWNER, thread);\n",
  ]]);
  await refuses("exception", madeAgain(1, broken));
});
