/**
 * Model tests of an object on its worker: callers that ask for jobs, call the worker unless
 * it is up, and block for the answers; and a worker that polls, looks at the queue while
 * it is awake, and sleeps in its event loop, or blocks in between.
 *
 * Bounds: within two preemptions; with two callers, within one.
 */

import { assertEquals } from "@std/assert";
import { encodeArguments } from "../../codec/encode.ts";
import { Writer } from "../../codec/writer.ts";
import { HostedLine } from "../../desync/remote/hosted_line.ts";
import { JOB } from "../../desync/remote/job_frame.ts";
import {
  allocateQueue,
  SharedQueue,
} from "../../desync/remote/shared_queue.ts";
import { Doorbell, DOORBELL_SIZE } from "../../sync/mail/doorbell.ts";
import { allocate } from "../../sync/memory/arena.ts";
import { type SharedSlice, wordsOf } from "../../sync/memory/memory.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import type { Hosting } from "../../workers/host/hosting.ts";
import { Poll, type PollOptions } from "../../workers/mailbox/poll.ts";
import { WatchedWork } from "../../workers/mailbox/watched_work.ts";
import { stubHosting } from "../desync/remote/stub_hosting.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { boundsOf, crewOf, explored } from "./program.ts";

/** What may have a mistake. */
interface Modules {
  readonly HostedLine: typeof HostedLine;
  readonly WatchedWork: typeof WatchedWork;
  readonly Poll: typeof Poll;
}

const ORIGINAL: Modules = { HostedLine, WatchedWork, Poll };
const SHAPE = { reserve: 1024, segment: 128 };

/** The slot of the worker; those of the callers are before it. */
const OWNER = 2;

interface Shared {
  readonly queue: SharedSlice;
  /** The doorbell of each thread. */
  readonly bells: readonly SharedSlice[];
  /** How many answers each caller has; and behind them, that the worker goes on. */
  readonly words: SharedSlice;
}

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

function bellOf({ bells }: Shared, slot: number): Doorbell {
  return new Doorbell(bells[slot]!, 3);
}

/** Asks for so many jobs, as `Asking` does, and blocks for the answer to each. */
function caller(slot: number, jobs: number) {
  return (shared: Shared): number => {
    const queue = new SharedQueue(shared.queue, SHAPE);
    const words = wordsOf(shared.words, 4);
    const bell = bellOf(shared, slot);
    for (let job = 1; job <= jobs; job++) {
      const out = new Writer(64);
      for (const word of [slot, 1, 0, job, JOB, 0, 0, 1]) out.word(word);
      encodeArguments(out, []);
      queue.push(out);
      if (queue.mustCall()) bellOf(shared, OWNER).ringForMail(slot);
      while (Atomics.load(words, slot) < job) {
        if (bell.visitMail(() => {})) continue;
        if (bell.arm("blocked")) bell.sleep(Infinity);
        bell.disarm();
      }
    }
    return Atomics.load(words, slot);
  };
}

function lineOf(
  shared: Shared,
  data: { value: number },
  hosting: Hosting,
  module: Modules,
): HostedLine {
  return new module.HostedLine({
    hosting,
    queue: new SharedQueue(shared.queue, SHAPE),
    life: 0,
    given: [data],
    onFailure: "continue",
    onError: undefined,
    dispose: undefined,
    ended() {},
  });
}

/**
 * A worker that runs so many jobs, then ends.
 *
 * @param blocksFirst Whether it blocks before it comes to its event loop, as in a join.
 */
function worker(jobs: number, module: Modules, blocksFirst = false) {
  return async (shared: Shared): Promise<number> => {
    const bell = bellOf(shared, OWNER);
    const data = { value: 0 };
    const watched = new module.WatchedWork();
    let isBlocked = false;
    const words = wordsOf(shared.words, 4);
    const hosting = stubHosting({
      slot: OWNER,
      run: () => ++data.value,
      answer(slot) {
        Atomics.add(words, slot, 1);
        bellOf(shared, slot).ringForMail(OWNER);
      },
      blocks: () => isBlocked,
      watch: (what) => poll.isOn && !isBlocked && watched.add(what),
      unwatch: (what) => watched.remove(what),
    });
    const line = lineOf(shared, data, hosting, module);
    const serve = () => bell.visitMail(() => line.serve());
    const nothing = () => {};
    const { promise, resolve } = Promise.withResolvers<void>();
    const options = {
      bell,
      loop: {
        begin: nothing,
        endLongTurn: () => false,
        hold: nothing,
        close: nothing,
        isTurnOver: false,
      },
      // It sleeps when it finds nothing: one that spins waits for a change in the model.
      expectations: { areNear: false, isAny: false },
      standing: { isGivenUp: false },
      outbox: { flush: nothing, hasUnbound: false },
      inbox: {
        read() {
          const found = serve();
          if (data.value === jobs) resolve();
          return found;
        },
      },
      unbound: {
        serve: () => false,
        countOn: nothing,
        isThere: false,
        arm: () => bell.arm("away"),
        awake: nothing,
      },
      watched,
      recorder: {
        sleeps: nothing,
        spinInVain: nothing,
        spinPaid: nothing,
        wokenByWord: nothing,
      },
      outside: (run: () => void) => run(),
      serves: true,
      hears: true,
    };
    const poll = new module.Poll(options as unknown as PollOptions);
    poll.start();
    if (blocksFirst) {
      serve(); // watched from here on, if there was something
      isBlocked = true;
      watched.rest();
      while (data.value < 1) {
        if (serve()) continue;
        if (bell.arm("blocked")) bell.sleep(Infinity);
        bell.disarm();
      }
      isBlocked = false;
    }
    if (data.value < jobs) await promise;
    poll.close();
    return data.value;
  };
}

const IDLE = () => {};

const ONE = (module: Modules, blocksFirst = false) => ({
  setup,
  enter,
  threads: [caller(0, 2), IDLE, worker(2, module, blocksFirst)],
  check: (_: Shared, [answers, , done]: readonly unknown[]) =>
    assertEquals([answers, done], [2, 2]),
  ...boundsOf({ preemptions: 2 }),
});

const TWO = (module: Modules) => ({
  setup,
  enter,
  threads: [caller(0, 1), caller(1, 1), worker(2, module)],
  check: (_: Shared, results: readonly unknown[]) =>
    assertEquals(results, [1, 1, 2]),
  ...boundsOf({ preemptions: 1 }),
});

Deno.test("HostedLine: who blocks for a job is answered, whether the worker sleeps, looks or rests", () =>
  explored(ONE(ORIGINAL)));

Deno.test("HostedLine: who blocks for a job is answered by a worker that blocks itself", () =>
  explored(ONE(ORIGINAL, true)));

Deno.test("HostedLine: two callers are answered, whoever of them has called", () =>
  explored(TWO(ORIGINAL)));

/** Where a mistake is, and in which program it shows. */
interface Mistake {
  readonly name: string;
  readonly path: string;
  readonly edits: readonly Edit[];
  readonly blocksFirst?: boolean;
}

const LINE = "desync/remote/hosted_line.ts";
const WATCHED = "workers/mailbox/watched_work.ts";
const POLL = "workers/mailbox/poll.ts";

const MISTAKES: readonly Mistake[] = [
  {
    name: "that counts on being watched by a thread that blocks",
    path: LINE,
    edits: [[
      "if (!this.#isWatched && !intake.tryToRest()) continue;",
      "",
    ]],
    blocksFirst: true,
  },
  {
    name: "that rests without a second look, once it was watched",
    path: LINE,
    edits: [["    this.serve();\n    return false;", "    return true;"]],
  },
  {
    name: "that takes itself for watched when it is called",
    path: LINE,
    edits: [["    if (this.#isWatched) {\n", "    if (true) {\n"]],
  },
  {
    name: "that is forgotten when its thread sleeps",
    path: WATCHED,
    edits: [["if (!one.rest()) isIdle = false;", ""]],
  },
  {
    name: "whose thread sleeps and still watches",
    path: POLL,
    edits: [["if (!watched.rest()) return this.#soon();", ""]],
  },
];

for (const { name, path, edits, blocksFirst } of MISTAKES) {
  Deno.test(`HostedLine: the model finds one ${name}`, async () => {
    const broken = await mutant<Partial<Modules>>(path, edits);
    await refuses("deadlock", ONE({ ...ORIGINAL, ...broken }, blocksFirst));
  });
}
