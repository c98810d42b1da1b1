/**
 * Model tests of `Barrier`. Bounds: two threads and two rounds, three threads and
 * one round; all interleavings, with at most one timeout that is not needed to
 * go on. See each test for how it differs.
 */

import { assert, assertEquals } from "@std/assert";
import { allocate } from "../../sync/arena.ts";
import {
  Barrier,
  BarrierBrokenError,
  type BarrierHandle,
} from "../../sync/barrier.ts";
import { wordsOf } from "../../sync/memory.ts";
import {
  becomeThread,
  type CurrentThread,
  type ThreadId,
  ThreadRegistry,
  type ThreadRegistryHandle,
} from "../../sync/thread.ts";
import { explore, type ModelThread, type Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses, type Words } from "./futex_mutex.ts";

type Module = Pick<
  typeof import("../../sync/barrier.ts"),
  "Barrier" | "BarrierBrokenError"
>;
const ORIGINAL: Module = { Barrier, BarrierBrokenError };

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
  /** May be aborted at any moment. */
  readonly abortable?: boolean;
  readonly rounds?: number;
}

const BLOCKS: Party = { door: "wait" };
const AWAITS: Party = { door: "waitAsync" };
const ABORTABLE: Party = { door: "waitAsync", abortable: true };

interface MeetingOptions {
  /** Unless given, as many as come. */
  readonly parties?: number;
  readonly rounds?: number;
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
): Program<Shared> & { readonly ends: Set<string> } {
  const { parties = comers.length, rounds = 1, members = false } = options;
  const { module = ORIGINAL, others = [] } = options;
  const ends = new Set<string>();
  let crew: CurrentThread[] = [];
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => {
      const threads = new ThreadRegistry(WIDTH);
      crew = Array.from(
        { length: WIDTH },
        () => ({ threads, id: threads.claim() }),
      );
      const ids = crew.map(({ id }) => id);
      const barrier = new module.Barrier(
        parties,
        members ? { members: ids.slice(0, parties) } : {},
      );
      return {
        barrier: barrier.handle,
        threads: threads.handle,
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
    preemptions: Infinity,
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
      ends.push(endOf(error, module));
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
  const signal = party.abortable ? { signal: thread.signal() } : {};
  const ends: End[] = [];
  for (let round = 0; round < (party.rounds ?? rounds); round++) {
    shared.payload[round * WIDTH + thread.index] = round + 1;
    try {
      const { isLeader } = await barrier.waitAsync({ timeout, ...signal });
      ends.push(isLeader ? "leader" : "follower");
    } catch (error) {
      ends.push(endOf(error, module));
      break;
    }
    everybodyCame(shared, barrier.parties, round);
  }
  return ends;
}

function endOf(error: unknown, module: Module): End {
  if (error instanceof module.BarrierBrokenError) return "broken";
  if (!(error instanceof DOMException)) throw error;
  return error.name === "TimeoutError" ? "timed out" : "aborted";
}

/** What the others wrote before they came is seen: the race detector looks. */
function everybodyCame(shared: Shared, parties: number, round: number): void {
  for (let k = 0; k < parties; k++) {
    assertEquals(shared.payload[round * WIDTH + k], round + 1);
  }
}

/** Explores all of a program; returns the ends that were seen. */
async function ends(
  program: Program<Shared> & { readonly ends: Set<string> },
): Promise<string[]> {
  const result = await explore(program);
  console.log(JSON.stringify(result), [...program.ends]);
  assert(result.complete);
  return [...program.ends].sort();
}

Deno.test("Barrier.wait() lets nobody pass early, with one leader in each round", async () => {
  assertEquals(await ends(meeting([BLOCKS, BLOCKS], { rounds: 2 })), [
    "follower leader",
  ]);
  assertEquals(await ends(meeting([BLOCKS, BLOCKS, BLOCKS])), [
    "follower follower leader",
  ]);
});

Deno.test("Barrier: both doors lead to the same meeting", async () => {
  assertEquals(await ends(meeting([BLOCKS, AWAITS], { rounds: 2 })), [
    "follower leader",
  ]);
  assertEquals(await ends(meeting([AWAITS, AWAITS], { rounds: 2 })), [
    "follower leader",
  ]);
  assertEquals(await ends(meeting([BLOCKS, AWAITS, AWAITS])), [
    "follower follower leader",
  ]);
});

Deno.test("Barrier.waitAsync() that is aborted breaks the round for all or for nobody", async () => {
  for (const other of [BLOCKS, AWAITS]) {
    assertEquals(await ends(meeting([other, ABORTABLE], { rounds: 2 })), [
      "aborted broken",
      "follower leader",
    ]);
  }
  assertEquals(await ends(meeting([BLOCKS, ABORTABLE, BLOCKS])), [
    "aborted broken broken",
    "follower follower leader",
  ]);
});
