/**
 * Model tests of `TokenBudget`, the shared part of the rate limiter among the examples.
 * Bounds: two threads in all interleavings where no `preemptions` are given, else
 * within so many of them; one is lost in front of any of its atomic operations.
 */

import { assert, assertEquals } from "@std/assert";
import type {
  RateLimiter,
  SharedLimiter,
} from "../../examples/rate_limiter.ts";
import * as original from "../../examples/rate_limiter.ts";
import type { Limit } from "../../examples/token_budget.ts";
import {
  Mutex,
  SharedCounter,
  SharedStruct,
  StripedCounter,
} from "../../sync/mod.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { mortal } from "./mortal.ts";
import {
  crewOf,
  type Ending,
  endsInSeveralWays,
  exploredEnds,
  markLost,
} from "./program.ts";

type Module = typeof original;

/** What a thread does: it returns how many tokens it got. */
type Role = (limiter: RateLimiter) => number;

interface Options {
  readonly module?: Module;
  /** After how many operations the first thread is lost. */
  readonly steps?: number;
  /** What the clocks of the threads show. */
  readonly times?: readonly number[];
  readonly preemptions?: number;
}

/** Of these two are spent at first, one is in each lease, and one in none. */
const LIMIT: Limit = { burst: 5, rate: 1, per: 1, lease: 1, slots: 2 };

/** What a thread has of what another one made. */
function attached({ budget, refused }: SharedLimiter): SharedLimiter {
  return {
    budget: {
      ...budget,
      mutex: Mutex.from(budget.mutex.handle),
      purse: SharedStruct.from(budget.purse.handle),
      leases: budget.leases.map(({ handle }) => SharedStruct.from(handle)),
      claimed: SharedCounter.from(budget.claimed.handle),
    },
    refused: StripedCounter.from(refused.handle),
  };
}

function scene(
  roles: readonly Role[],
  { module = original, steps, times = [], preemptions = Infinity }: Options =
    {},
): Ending<SharedLimiter> {
  const ends = new Set<string>();
  const latest = Math.max(0, ...times);
  let crew: CurrentThread[] = [];
  const limiterOf = (shared: SharedLimiter, time: number) =>
    new module.RateLimiter(attached(shared), () => time);
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => {
      crew = crewOf(4);
      becomeThread(crew[3]!);
      const shared = module.newLimiter(LIMIT, () => 0);
      for (let k = 0; k < 2; k++) {
        new module.RateLimiter(shared, () => 0).tryTake();
      }
      return shared;
    },
    threads: roles.map((role, thread) => {
      const body = (shared: SharedLimiter) =>
        role(limiterOf(shared, times[thread] ?? 0));
      return thread === 0 && steps !== undefined
        ? mortal(steps, body, (thread) => markLost(crew[thread]!))
        : body;
    }),
    check: (shared, results) => {
      becomeThread(crew[3]!);
      ends.add(results.join());
      const limiter = limiterOf(shared, latest);
      const { admitted, available } = limiter.totals();
      const known = results.filter((result) => typeof result === "number");
      const taken = known.reduce((sum, count) => sum + count, 2);
      // What comes back fits in at all times, as something is gone from the start.
      assertEquals(admitted + available, 5 + Math.min(latest, 2));
      if (known.length === results.length) assertEquals(admitted, taken);
      else assert(admitted >= taken);
      assert(available <= 5);
      while (limiter.tryTake());
      assertEquals(limiter.totals().available, 0);
    },
    preemptions,
    // A slice may have to end, so that the loss of the other thread is seen.
    expireTimeouts: steps === undefined ? [] : [1],
  };
}

const takes = (...costs: number[]): Role => (limiter) =>
  costs.filter((cost) => limiter.tryTake(cost))
    .reduce((sum, cost) => sum + cost, 0);

Deno.test("TokenBudget gives each token once, also while leases are taken back", async () => {
  assertEquals(await exploredEnds(scene([takes(1), takes(3)])), ["0,3", "1,0"]);
});

Deno.test("TokenBudget keeps the limit while tokens come back", async () => {
  await endsInSeveralWays(
    scene([takes(1, 1), takes(4)], { times: [0, 1], preemptions: 1 }),
  );
});

Deno.test("TokenBudget: a thread that is lost takes no more along than it had in its hands", async () => {
  let steps = 0;
  for (let isLost = true; isLost; steps++) {
    const ends = await exploredEnds(
      scene([takes(3), takes(1)], { steps, preemptions: 1 }),
    );
    isLost = ends.some((end) => end.startsWith("lost"));
  }
  assert(steps > 20, String(steps));
});

Deno.test("TokenBudget: the checker finds its mutants", async () => {
  const taken = "const taken = this.#lease.fields.tokens;\n" +
    "      this.#lease.fields.tokens = left - cost;\n" +
    "      this.#left = taken;";
  const mutants: [Edit[], Edit[]][] = [
    [[[
      'this.#left = this.#lease.compareExchange("tokens", left, left - cost);',
      taken,
    ]], []],
    [[], [[
      'have += leases[k]!.exchange("tokens", 0);',
      "have += leases[k]!.fields.tokens; leases[k]!.fields.tokens = 0;",
    ]]],
  ];
  for (const [limiter, budget] of mutants) {
    const module = await mutant<Module>("examples/rate_limiter.ts", limiter, {
      "examples/token_budget.ts": budget,
    });
    await refuses("exception", scene([takes(1), takes(3)], { module }));
  }
});
