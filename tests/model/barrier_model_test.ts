/**
 * Model tests of `Barrier`. Bounds: two threads with two rounds, and three that
 * block with one, in all interleavings; where `preemptions` is given, within so
 * many of them. Slices end at any moment only where `timeouts` is given, and are
 * what goes on only for the threads of `expireTimeouts`.
 */

import { assert, assertEquals } from "@std/assert";
import { allocate } from "../../sync/memory/arena.ts";
import { Barrier, type BarrierHandle } from "../../sync/waiting/barrier.ts";
import { BarrierBrokenError } from "../../sync/waiting/barrier_broken_error.ts";
import { wordsOf } from "../../sync/memory/memory.ts";
import {
  becomeThread,
  type CurrentThread,
  type ThreadId,
  ThreadRegistry,
  type ThreadRegistryHandle,
} from "../../sync/thread/thread.ts";
import type { ModelThread } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses, type Words } from "./futex_mutex.ts";
import {
  type Bounds,
  boundsOf,
  crewOf,
  type Ending,
  exploredEnds,
} from "./program.ts";

type Module = Pick<typeof import("../../sync/waiting/barrier.ts"), "Barrier">;
const ORIGINAL: Module = { Barrier };

/** How a meeting ended for a thread. */
type End = "leader" | "follower" | "broken" | "aborted" | "timed out";

interface Shared {
  readonly barrier: BarrierHandle;
  readonly threads: ThreadRegistryHandle;
  readonly ids: readonly ThreadId[];
  /** A word for each thread and round. */
  readonly payload: Words;
}

/** How a thread comes to the barrier. */
interface Party {
  readonly door: "wait" | "waitAsync";
  readonly timeout?: number;
  /** May be aborted at any moment of the last round. */
  readonly abortable?: boolean;
  readonly rounds?: number;
}

const BLOCKS: Party = { door: "wait" };
const AWAITS: Party = { door: "waitAsync" };
const ABORTABLE: Party = { door: "waitAsync", abortable: true };

interface MeetingOptions extends Bounds {
  /** Unless given, as many as come. */
  readonly parties?: number;
  readonly rounds?: number;
  /** The first one. */
  readonly phase?: number;
  /** Whether the barrier knows all its members. */
  readonly members?: boolean;
  readonly module?: Module;
  /** More threads, which are not parties. */
  readonly others?: readonly ((shared: Shared) => unknown)[];
}

const WIDTH = 4;

/** Threads that meet. All come to the same end in each round, or it fails. */
function meeting(
  comers: readonly Party[],
  options: MeetingOptions = {},
): Ending<Shared> {
  const { parties = comers.length, rounds = 1, members = false } = options;
  const { module = ORIGINAL, others = [] } = options;
  const ends = new Set<string>();
  let crew: CurrentThread[] = [];
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => {
      crew = crewOf(WIDTH);
      const ids = crew.map(({ id }) => id);
      const barrier = new module.Barrier(
        parties,
        members ? { members: ids.slice(0, parties) } : {},
      );
      Atomics.store(wordsOf(barrier.handle, 1), 0, (options.phase ?? 0) << 16);
      return {
        barrier: barrier.handle,
        threads: crew[0]!.threads.handle,
        ids,
        payload: wordsOf(allocate(4 * WIDTH * rounds), WIDTH * rounds),
      };
    },
    threads: [
      ...comers.map((party) =>
        party.door === "wait"
          ? (shared: Shared, thread: ModelThread) =>
            blocks(shared, thread, party, rounds, module)
          : (shared: Shared, thread: ModelThread) =>
            awaits(shared, thread, party, rounds, module)
      ),
      ...others,
    ],
    check: ({ barrier }, results) => {
      const all = results.slice(0, comers.length) as End[][];
      let broken = false;
      for (let round = 0; round < rounds; round++) {
        const met = all.map((ends) => ends[round]).filter((end) => end);
        ends.add(met.toSorted().join(" "));
        const leaders = met.filter((end) => end === "leader").length;
        const followers = met.filter((end) => end === "follower").length;
        if (leaders + followers > 0) {
          assertEquals(leaders, 1, JSON.stringify(all));
          assertEquals(leaders + followers, parties, JSON.stringify(all));
          assert(!broken, JSON.stringify(all));
        } else broken ||= met.length > 0;
      }
      assertEquals(module.Barrier.from(barrier).broken, broken);
    },
    ...boundsOf(options),
  };
}

function blocks(
  shared: Shared,
  thread: ModelThread,
  party: Party,
  rounds: number,
  module: Module,
): End[] {
  const barrier = module.Barrier.from(shared.barrier);
  const { timeout = Infinity } = party;
  const ends: End[] = [];
  for (let round = 0; round < (party.rounds ?? rounds); round++) {
    shared.payload[round * WIDTH + thread.index] = round + 1;
    try {
      const { isLeader } = barrier.wait({ timeout });
      ends.push(isLeader ? "leader" : "follower");
    } catch (error) {
      ends.push(endOf(error));
      break;
    }
    everybodyCame(shared, barrier.parties, round);
  }
  return ends;
}

async function awaits(
  shared: Shared,
  thread: ModelThread,
  party: Party,
  rounds: number,
  module: Module,
): Promise<End[]> {
  const barrier = module.Barrier.from(shared.barrier);
  const { timeout = Infinity } = party;
  const ends: End[] = [];
  for (let round = 0; round < (party.rounds ?? rounds); round++) {
    shared.payload[round * WIDTH + thread.index] = round + 1;
    const signal = party.abortable && round === rounds - 1
      ? { signal: thread.signal() }
      : {};
    try {
      const { isLeader } = await barrier.waitAsync({ timeout, ...signal });
      ends.push(isLeader ? "leader" : "follower");
    } catch (error) {
      ends.push(endOf(error));
      break;
    }
    everybodyCame(shared, barrier.parties, round);
  }
  return ends;
}

function endOf(error: unknown): End {
  if (error instanceof BarrierBrokenError) return "broken";
  if (!(error instanceof DOMException)) throw error;
  return error.name === "TimeoutError" ? "timed out" : "aborted";
}

/** What the others wrote before they came is seen: the race detector looks. */
function everybodyCame(shared: Shared, parties: number, round: number): void {
  for (let k = 0; k < parties; k++) {
    assertEquals(shared.payload[round * WIDTH + k], round + 1);
  }
}

/** Explores all of a program; returns the ends of rounds that were seen. */
async function endsOf(
  comers: readonly Party[],
  options?: MeetingOptions,
): Promise<string[]> {
  return await exploredEnds(meeting(comers, options));
}

const TWO_MEET = ["follower leader"];
const THREE_MEET = ["follower follower leader"];

Deno.test("Barrier.wait() lets nobody pass early, with one leader in each round", async () => {
  const two = [BLOCKS, BLOCKS];
  const three = [BLOCKS, BLOCKS, BLOCKS];
  assertEquals(await endsOf(two, { rounds: 2 }), TWO_MEET);
  assertEquals(await endsOf(two, { timeouts: 1 }), TWO_MEET);
  assertEquals(await endsOf(three), THREE_MEET);
  assertEquals(await endsOf(three, { rounds: 2, preemptions: 1 }), THREE_MEET);
});

Deno.test("Barrier: phases may pass 2^15 and 2^16", async () => {
  for (const phase of [0x7fff, 0xffff]) {
    assertEquals(
      await endsOf([BLOCKS, AWAITS], { rounds: 2, phase, preemptions: 2 }),
      TWO_MEET,
    );
  }
});

Deno.test("Barrier: both doors lead to the same meeting", async () => {
  assertEquals(await endsOf([BLOCKS, AWAITS], { rounds: 2 }), TWO_MEET);
  assertEquals(await endsOf([AWAITS, AWAITS], { rounds: 2 }), TWO_MEET);
  const three = [BLOCKS, AWAITS, AWAITS];
  assertEquals(await endsOf(three, { preemptions: 2 }), THREE_MEET);
});

Deno.test("Barrier.waitAsync() that is aborted breaks the round for all or for nobody", async () => {
  const either = ["aborted broken", ...TWO_MEET];
  for (const other of [BLOCKS, AWAITS]) {
    assertEquals(await endsOf([other, ABORTABLE]), either);
    assertEquals(
      await endsOf([other, ABORTABLE], { rounds: 2, preemptions: 2 }),
      either,
    );
  }
  assertEquals(
    await endsOf([BLOCKS, ABORTABLE, BLOCKS], { preemptions: 1 }),
    ["aborted broken broken", ...THREE_MEET],
  );
  assertEquals(
    await endsOf([ABORTABLE, ABORTABLE, AWAITS], { preemptions: 0 }),
    ["aborted aborted broken", "aborted broken broken", ...THREE_MEET],
  );
});

/** Gives up after less than a slice. */
const HURRIES: Party = { door: "wait", timeout: 50 };
const HURRIES_ASYNC: Party = { door: "waitAsync", timeout: 50 };
/** Gives up in the second slice. */
const DAWDLES: Party = { door: "wait", timeout: 150 };

Deno.test("Barrier: a timeout breaks the round for all or for nobody", async () => {
  for (const hurried of [HURRIES, HURRIES_ASYNC]) {
    for (const other of [BLOCKS, AWAITS]) {
      assertEquals(await endsOf([hurried, other], { timeouts: 1 }), [
        "broken timed out",
        ...TWO_MEET,
      ]);
    }
  }
  const dawdling = { timeouts: 2 };
  assertEquals(await endsOf([DAWDLES, BLOCKS], dawdling), [
    "broken timed out",
    ...TWO_MEET,
  ]);
});

Deno.test("Barrier: who waits with a party that gives up is told at once", async () => {
  // One party never comes. Only the timeout of the first thread may end that.
  const options = { parties: 3, expireTimeouts: [0] };
  for (const hurried of [HURRIES, HURRIES_ASYNC, DAWDLES]) {
    for (const other of [BLOCKS, AWAITS]) {
      assertEquals(await endsOf([hurried, other], options), [
        "broken timed out",
      ]);
    }
  }
});

/** Says that a party is lost. */
function loses(index: number): (shared: Shared) => void {
  return ({ threads, ids }) => {
    assert(ThreadRegistry.from(threads).markLost(ids[index]!));
  };
}

Deno.test("Barrier: a member that is lost before it comes breaks the barrier", async () => {
  const program = { parties: 3, members: true, expireTimeouts: [0] };
  for (const other of [BLOCKS, AWAITS]) {
    // The first thread notices it at the end of a slice, and tells the other.
    assertEquals(
      await endsOf([BLOCKS, other], {
        ...program,
        others: [loses(2)],
        preemptions: 2,
      }),
      ["broken broken"],
    );
  }
  assertEquals(
    await endsOf([AWAITS], { ...program, parties: 2, others: [loses(1)] }),
    ["broken"],
  );
});

Deno.test("Barrier: a party that is lost after the first meeting breaks the second", async () => {
  for (const first of [BLOCKS, AWAITS]) {
    assertEquals(
      await endsOf([first, { ...BLOCKS, rounds: 1 }], {
        rounds: 2,
        expireTimeouts: [0],
        others: [loses(1)],
        preemptions: 2,
      }),
      ["broken", ...TWO_MEET],
    );
  }
});

Deno.test("Barrier: a loss at any moment breaks the round for all or for nobody", async () => {
  // The lost thread comes all the same, or came before it was lost.
  for (const first of [BLOCKS, AWAITS]) {
    assertEquals(
      await endsOf([first, BLOCKS], {
        members: true,
        timeouts: 1,
        others: [loses(1)],
        preemptions: 2,
      }),
      ["broken broken", ...TWO_MEET],
    );
  }
});

/** A barrier whose parties arrive, break it, or look for each other, wrongly. */
function broken(...edits: Edit[]): Promise<Module> {
  return mutant("sync/waiting/barrier.ts", [], {
    "sync/waiting/barrier_arrivals.ts": edits,
  });
}

/** A barrier whose parties wait wrongly. */
function impatient(...edits: Edit[]): Promise<Module> {
  return mutant("sync/waiting/barrier.ts", edits);
}

Deno.test("Barrier: the checker finds a leader that does not notify", async () => {
  const module = await broken([
    "if (parties > 1) Atomics.notify(this.words, STATE);",
    "",
  ]);
  for (const door of [BLOCKS, AWAITS]) {
    await refuses("deadlock", meeting([BLOCKS, door], { module }));
  }
});

Deno.test("Barrier: the checker finds a leader that notifies one waiter only", async () => {
  const module = await broken([
    "if (parties > 1) Atomics.notify(this.words, STATE);",
    "if (parties > 1) Atomics.notify(this.words, STATE, 1);",
  ]);
  await refuses("deadlock", meeting([BLOCKS, BLOCKS, BLOCKS], { module }));
});

const ARRIVES = "Atomics.compareExchange(this.words, STATE, state, next)";

Deno.test("Barrier: the checker finds an arrival by load and store", async () => {
  const module = await broken([
    `${ARRIVES} !== state`,
    "(Atomics.store(this.words, STATE, next), false)",
  ]);
  await refuses("deadlock", meeting([BLOCKS, BLOCKS], { module }));
});

Deno.test("Barrier: the checker finds a last arrival that stores over a break", async () => {
  const module = await broken([
    `${ARRIVES} !== state`,
    `(last
      ? (Atomics.store(this.words, STATE, next), false)
      : ${ARRIVES} !== state)`,
  ]);
  await refuses("exception", meeting([BLOCKS, ABORTABLE], { module }));
  await refuses(
    "exception",
    meeting([HURRIES, BLOCKS], { module, timeouts: 1 }),
  );
});

Deno.test("Barrier: the checker finds a break that does not notify", async () => {
  const module = await broken([
    "Atomics.notify(this.words, STATE);\n      return true;",
    "return true;",
  ]);
  await refuses(
    "deadlock",
    meeting([HURRIES, BLOCKS], { module, parties: 3, expireTimeouts: [0] }),
  );
  await refuses("deadlock", meeting([BLOCKS, ABORTABLE], { module }));
});

Deno.test("Barrier: the checker finds an abort that does not break", async () => {
  const module = await impatient([
    "const giveUp = () => this.#arrivals.break(phase);",
    "const giveUp = () => Atomics.notify(this.#words, STATE);",
  ]);
  await refuses("exception", meeting([BLOCKS, ABORTABLE], { module }));
});

Deno.test("Barrier: the checker finds a sleep without a second look", async () => {
  const module = await impatient(
    [
      "const end = Atomics.wait(this.#words, STATE, state, slice);",
      'const end = "ok" as string;',
    ],
    [
      "if (this.#arrivals.isReleased(state, phase)) {",
      `Atomics.wait(this.#words, STATE, state, deadline.slice(SLICE));
       if (this.#arrivals.isReleased(Atomics.load(this.#words, STATE), phase)) {`,
    ],
  );
  await refuses("deadlock", meeting([BLOCKS, BLOCKS], { module }));
});

Deno.test("Barrier: the checker finds a release that does not compare the phase", async () => {
  const module = await broken([
    "if (phaseOf(state) !== phase) return true;",
    "if ((state & COUNT) === 0) return true;",
  ]);
  await refuses("deadlock", meeting([BLOCKS, BLOCKS], { module, rounds: 2 }));
});

Deno.test("Barrier: the checker finds a release that looks for a break first", async () => {
  const module = await broken(
    ["if (phaseOf(state) !== phase) return true;", ""],
    [
      "throw brokenError();\n    return false;",
      "throw brokenError();\n    return phaseOf(state) !== phase;",
    ],
  );
  await refuses(
    "exception",
    meeting([BLOCKS, ABORTABLE], { module, rounds: 2 }),
  );
});

Deno.test("Barrier: the checker finds a break that does not compare the phase", async () => {
  const module = await broken([
    "if (phaseOf(state) !== phase || (state & BROKEN) !== 0) return false;",
    "if ((state & BROKEN) !== 0) return false;",
  ]);
  await refuses("exception", meeting([BLOCKS, ABORTABLE], { module }));
  await refuses(
    "exception",
    meeting([HURRIES, BLOCKS], { module, timeouts: 1 }),
  );
});

Deno.test("Barrier: the checker finds a waiter that does not look for a loss", async () => {
  const module = await impatient([
    "if (this.#arrivals.isMissingOneLost(phase)) this.#arrivals.break(phase);",
    "",
  ]);
  await refuses(
    "livelock",
    meeting([BLOCKS], {
      module,
      parties: 2,
      members: true,
      others: [loses(1)],
      expireTimeouts: [0],
    }),
  );
});
