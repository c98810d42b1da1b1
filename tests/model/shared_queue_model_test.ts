/**
 * Model tests of the queue of an object on a worker: callers that push, call the owner
 * through its doorbell, and block until they have an answer; and an owner that rests in
 * between, or stands still at a place until that is lifted.
 *
 * Bounds: within two preemptions of two threads, and within one of three.
 */

import { assertEquals } from "@std/assert";
import { Writer } from "../../codec/writer.ts";
import {
  allocateQueue,
  SharedQueue,
} from "../../desync/remote/shared_queue.ts";
import { Doorbell, DOORBELL_SIZE } from "../../sync/mail/doorbell.ts";
import { allocate } from "../../sync/memory/arena.ts";
import { type SharedSlice, wordsOf } from "../../sync/memory/memory.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import type { ModelThread } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { mortal } from "./mortal.ts";
import { boundsOf, crewOf, explored, markLost } from "./program.ts";

type Module = Pick<
  typeof import("../../desync/remote/shared_queue.ts"),
  "SharedQueue"
>;

const ORIGINAL: Module = { SharedQueue };
const SHAPE = { reserve: 512, segment: 64 };

/** The slots of the threads: the owner is the last one. */
const OWNER = 2;

/** What a frame asks for. */
const ANSWER = 1;
const STAND_STILL = 2;

interface Shared {
  readonly queue: SharedSlice;
  /** The doorbell of each thread. */
  readonly bells: readonly SharedSlice[];
  /** What each caller was answered; and behind them whether the place is lifted. */
  readonly words: SharedSlice;
}

const LIFTED = 2;
const OVER = 3;

let crew: CurrentThread[] = [];

function setup(): Shared {
  crew = crewOf(4);
  enter(3);
  const bells = [0, 1, OWNER].map(() => allocate(DOORBELL_SIZE));
  return { queue: allocateQueue(SHAPE), bells, words: allocate(16) };
}

function enter(thread: number): void {
  becomeThread(crew[thread]!);
}

/** One thread's view of all. */
class Member {
  readonly queue: SharedQueue;
  readonly words: Int32Array;
  readonly #bells: readonly Doorbell[];
  readonly #slot: number;

  constructor({ queue, bells, words }: Shared, slot: number, module: Module) {
    this.queue = new module.SharedQueue(queue, SHAPE);
    this.words = wordsOf(words, 4);
    this.#bells = bells.map((bell) => new Doorbell(bell, 3));
    this.#slot = slot;
  }

  /** Asks for something, as `RemoteLine` does. */
  ask(what: number): void {
    const out = new Writer(16);
    out.word(this.#slot);
    out.word(what);
    this.queue.push(out);
    if (this.queue.mustCall()) this.ring(OWNER);
  }

  ring(slot: number): void {
    this.#bells[slot]!.ringForMail(this.#slot);
  }

  /** Blocks until something is so, and does something whenever somebody has rung. */
  sleepUntil(isOver: () => boolean, rung: () => void = () => {}): void {
    const bell = this.#bells[this.#slot]!;
    while (!isOver()) {
      if (bell.visitMail(() => {})) {
        rung();
        continue;
      }
      if (bell.arm("blocked")) bell.sleep(Infinity);
      bell.disarm();
    }
  }
}

/** Asks for so many answers, and blocks until it has them all. */
function caller(slot: number, answers: number, module: Module) {
  return (shared: Shared): number => {
    const me = new Member(shared, slot, module);
    for (let k = 1; k <= answers; k++) {
      me.ask(ANSWER);
      // As sync(): each one before the next is asked for.
      me.sleepUntil(() => Atomics.load(me.words, slot) >= k);
    }
    return Atomics.load(me.words, slot);
  };
}

/** Asks for all at once, and waits for the last one. */
function burst(slot: number, answers: number, module: Module) {
  return (shared: Shared): number => {
    const me = new Member(shared, slot, module);
    for (let k = 1; k <= answers; k++) me.ask(ANSWER);
    me.sleepUntil(() => Atomics.load(me.words, slot) >= answers);
    return Atomics.load(me.words, slot);
  };
}

/** Suspends the object, resumes it, and waits for what it has asked for behind that. */
function suspender(slot: number, module: Module) {
  return (shared: Shared): number => {
    const me = new Member(shared, slot, module);
    me.ask(STAND_STILL);
    me.ask(ANSWER);
    lift(me);
    me.sleepUntil(() => Atomics.load(me.words, slot) >= 1);
    return Atomics.load(me.words, slot);
  };
}

function lift(me: Member): void {
  Atomics.store(me.words, LIFTED, 1);
  me.ring(OWNER);
}

function lookedAt(me: Member): boolean {
  return Atomics.load(me.words, LIFTED) === 1;
}

/** Serves until so many are answered; what it did, in order. */
function owner(
  answers: number,
  module: Module,
  looker = () => lookedAt,
) {
  return (shared: Shared): string => {
    const isLifted = looker();
    const me = new Member(shared, OWNER, module);
    const log: number[] = [];
    let left = answers;
    let isUp = false;
    let standsStill = false;
    const serve = () => {
      if (!isUp) me.queue.getUp();
      isUp = true;
      for (;;) {
        // Whoever pushes meanwhile relies on it: it does not rest here.
        if (standsStill && !isLifted(me)) return;
        standsStill = false;
        const frame = me.queue.pop((frame) => ({
          from: frame.word(),
          what: frame.word(),
        }));
        if (frame === undefined) {
          if (!me.queue.tryToRest()) continue;
          isUp = false;
          return;
        }
        const { from, what } = frame;
        if (what === STAND_STILL) {
          standsStill = true;
          continue;
        }
        log.push(from);
        left--;
        Atomics.add(me.words, from, 1);
        me.ring(from);
      }
    };
    me.sleepUntil(() => left === 0, serve);
    return log.join("");
  };
}

const IDLE = () => {};

const SYNC = (module: Module, answers = 2) => ({
  setup,
  enter,
  threads: [caller(0, answers, module), IDLE, owner(answers, module)],
  check: (_: Shared, [answered]: readonly unknown[]) =>
    assertEquals(answered, answers),
  ...boundsOf({ preemptions: 2 }),
});

const TWO_CALLERS = (module: Module) => ({
  setup,
  enter,
  threads: [
    caller(0, 1, module),
    burst(1, 2, module),
    owner(3, module),
  ],
  check: (_: Shared, [one, other, log]: readonly unknown[]) => {
    assertEquals([one, other], [1, 2]);
    assertEquals([...log as string].toSorted().join(""), "011");
  },
  ...boundsOf({ preemptions: 1 }),
});

const SUSPENSION = (module: Module) => ({
  setup,
  enter,
  threads: [suspender(0, module), caller(1, 1, module), owner(2, module)],
  check: (_: Shared, [one, other]: readonly unknown[]) => {
    assertEquals([one, other], [1, 1]);
  },
  ...boundsOf({ preemptions: 1 }),
});

Deno.test("SharedQueue: who blocks for an owner that rests is answered", () =>
  explored(SYNC(ORIGINAL)));

Deno.test("SharedQueue: two callers of an owner that rests are answered", () =>
  explored(TWO_CALLERS(ORIGINAL)));

Deno.test("SharedQueue: an owner that stands still goes on when it is resumed, and nobody is forgotten", () =>
  explored(SUSPENSION(ORIGINAL)));

/** Waits until the thread has ended that may be lost. */
function afterLoss(body: (shared: Shared) => unknown) {
  return (shared: Shared): unknown => {
    Atomics.wait(wordsOf(shared.words, 4), OVER, 0);
    return body(shared);
  };
}

/** Answers the caller in slot 1, and whoever else has asked. */
function servesTheLiving(shared: Shared): void {
  const me = new Member(shared, OWNER, ORIGINAL);
  let isDone = false;
  me.sleepUntil(() => isDone, () => {
    me.queue.getUp();
    do {
      let from: number | undefined;
      do {
        from = me.queue.pop((frame) => ({ from: frame.word() }))?.from;
        if (from !== 1) continue;
        isDone = true;
        Atomics.add(me.words, 1, 1);
        me.ring(1);
      } while (from !== undefined);
    } while (!me.queue.tryToRest());
  });
}

Deno.test("SharedQueue: the queue goes on when a caller was lost in front of any of its operations", async () => {
  const ends = new Set<unknown>();
  for (let stopsAt = 0; !ends.has("done"); stopsAt++) {
    await explored({
      setup,
      enter,
      threads: [
        (shared: Shared, thread: ModelThread) => {
          const ask = () => {
            new Member(shared, 0, ORIGINAL).ask(ANSWER);
            return "done";
          };
          const lose = (dead: number) => void markLost(crew[dead]!);
          const end = mortal(stopsAt, ask, lose)(shared, thread);
          const words = wordsOf(shared.words, 4);
          Atomics.store(words, OVER, 1);
          Atomics.notify(words, OVER);
          return end;
        },
        afterLoss(caller(1, 1, ORIGINAL)),
        afterLoss(servesTheLiving),
      ],
      check: (_: Shared, [end, answered]: readonly unknown[]) => {
        assertEquals(answered, 1);
        ends.add(end);
      },
      ...boundsOf({ preemptions: 1 }),
    });
  }
  assertEquals([...ends].toSorted(), ["done", "lost"]);
});

/** Each with the programs of which one finds it. */
const MISTAKES: readonly (readonly [name: string, edits: readonly Edit[]])[] = [
  ["rests without a second look", [[
    "if (this.#frames.size === 0 || (last > 0 && this.#isLeft(last))) {",
    "if (true) {",
  ]]],
  ["does not say that it rests", [[
    "Atomics.store(words, STATE, (Atomics.load(words, STATE) + 1) | 0);",
    "",
  ]]],
  ["rests as it did before", [[
    "Atomics.store(words, STATE, (Atomics.load(words, STATE) + 1) | 0);",
    "Atomics.store(words, STATE, (Atomics.load(words, STATE) - 1) | 0);",
  ]]],
  ["takes the first rest for one in which it has called", [[
    "#called = 1;",
    "#called = 0;",
  ]]],
  ["takes an owner that rests for one that is up", [[
    "if ((state & 1) === 1 || state === this.#called) return false;",
    "if ((state & 1) === 0 || state === this.#called) return false;",
  ]]],
];

for (const [name, edits] of MISTAKES) {
  Deno.test(`SharedQueue: the model finds a queue that ${name}`, async () => {
    const broken = await mutant<Module>(
      "desync/remote/shared_queue.ts",
      edits,
    );
    await refuses("deadlock", SYNC(broken));
  });
}

Deno.test("SharedQueue: the model finds an owner that does not know what was lifted before it was there", async () => {
  const looker = () => {
    let looks = 0;
    return (me: Member) => looks++ > 0 && lookedAt(me);
  };
  await refuses("deadlock", {
    ...SUSPENSION(ORIGINAL),
    threads: [
      suspender(0, ORIGINAL),
      caller(1, 1, ORIGINAL),
      owner(2, ORIGINAL, looker),
    ],
  });
});
