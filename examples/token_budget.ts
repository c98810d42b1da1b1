/**
 * A budget of tokens that many threads spend: a token bucket in shared memory, some
 * of whose tokens lie ready for single threads.
 *
 * @module
 */

import { Mutex, SharedCounter, SharedStruct, struct } from "../mod.ts";
import type { Clock } from "./clock.ts";

/** How many tokens there are, and how they come back. */
export interface Limit {
  /** How many there are at most, and at first: 1 to 2^31 - 1. */
  readonly burst: number;
  /** How many come back in the time `per`: 1 to 1,000,000. */
  readonly rate: number;
  /** In whole milliseconds. Default 1000. */
  readonly per?: number;
  /**
   * How many tokens a thread takes in advance at most, to spend them without a lock:
   * 0 to `burst`. Default: a quarter of `burst`, divided among the slots.
   */
  readonly lease?: number;
  /**
   * How many leases there are at most. Threads beyond that share them. Default: one
   * for each processor, and one more.
   */
  readonly slots?: number;
}

/** What the thread changes that holds the lock. */
type Purse = {
  /** Tokens that are not leased. */
  free: "i32";
  /** How many there were in all, leased ones too, when they were counted last. */
  level: "i32";
  /** Up to when tokens have come back, in units of time. */
  credited: "f64";
  /** How many there have ever been. */
  granted: "f64";
};

/** The tokens of one lease: anybody may take some, who has the lock may put some in. */
export type Lease = SharedStruct<{ tokens: "i32" }>;

/** What all threads have in common: it can be sent. */
export interface SharedBudget {
  readonly limit: Required<Limit>;
  /** When it was made. */
  readonly start: number;
  readonly mutex: Mutex;
  readonly purse: SharedStruct<Purse>;
  readonly leases: readonly Lease[];
  /** How often a lease was claimed. */
  readonly claimed: SharedCounter;
}

/** Makes a budget: full, with nothing leased. */
export function newBudget(limit: Limit, clock: Clock): SharedBudget {
  const { burst, rate, per = 1000 } = limit;
  const { slots = navigator.hardwareConcurrency + 1 } = limit;
  const { lease = Math.floor(burst / 4 / slots) } = limit;
  check("burst", burst, 1, 2 ** 31 - 1);
  check("rate", rate, 1, 1_000_000);
  check("per", per, 1, 2 ** 31 - 1);
  check("slots", slots, 1, 1024);
  check("lease", lease, 0, burst);
  const purse = struct({
    free: "i32",
    level: "i32",
    credited: "f64",
    granted: "f64",
  });
  const tokens = struct({ tokens: "i32" });
  return {
    limit: { burst, rate, per, lease, slots },
    start: clock(),
    mutex: new Mutex(),
    purse: new SharedStruct(purse, {
      free: burst,
      level: burst,
      credited: 0,
      granted: burst,
    }),
    leases: Array.from({ length: slots }, () => new SharedStruct(tokens)),
    claimed: new SharedCounter(),
  };
}

/**
 * A budget, as one thread sees it.
 *
 * In any time t all of them together get no more than `burst + rate * t / per` tokens.
 * The latest of their clocks counts; one that is late, or set back, gives fewer. Three
 * things make that exact though tokens are taken from leases without a lock and
 * without a look at the clock:
 *
 * - Leased tokens still are tokens of the bucket: it is full with them in it.
 * - How many were taken from leases is found out when tokens are counted. They count
 *   as taken at that moment: what the bucket could not have held until then does
 *   not come back. So after a long rest there may be fewer than `burst`, by
 *   `lease * slots` at most.
 * - Tokens that are moved leave one word before they are in the other one, and `level`
 *   is at no time too low. A thread that is lost in the middle takes some with it, and
 *   nothing is to be repaired.
 */
export class TokenBudget {
  /** The most that can be taken at once. */
  readonly burst: number;
  readonly #shared: SharedBudget;
  readonly #clock: Clock;

  constructor(shared: SharedBudget, clock: Clock) {
    this.burst = shared.limit.burst;
    this.#shared = shared;
    this.#clock = clock;
  }

  /** A lease for one thread; an old one if there are not enough. */
  claim(): Lease {
    const { claimed, leases } = this.#shared;
    return leases[claimed.add(1) % leases.length]!;
  }

  /**
   * Takes so many tokens, wherever they are, and fills a lease with others.
   *
   * @returns Nothing; or, if there are not as many, the time before which there
   * cannot be.
   */
  draw(cost: number, lease: Lease): number | undefined {
    const now = this.#clock();
    return this.#locked(() => {
      this.#refill(now);
      return this.#move(cost, lease);
    });
  }

  /** How many tokens were ever taken, and how many there are. */
  count(): { taken: number; available: number } {
    const now = this.#clock();
    return this.#locked(() => {
      this.#refill(now);
      const available = this.#sum();
      return {
        taken: this.#shared.purse.fields.granted - available,
        available,
      };
    });
  }

  #locked<T>(action: () => T): T {
    const { mutex } = this.#shared;
    return mutex.withLock(() => {
      if (mutex.isPoisoned) mutex.clearPoison();
      return action();
    }, { evenIfPoisoned: true });
  }

  #move(cost: number, lease: Lease): number | undefined {
    const { purse: { fields }, leases, limit } = this.#shared;
    let have = fields.free + lease.exchange("tokens", 0);
    for (let k = 0; have < cost && k < leases.length; k++) {
      have += leases[k]!.exchange("tokens", 0);
    }
    if (have < cost) {
      fields.free = have;
      return this.#whenThereAre(cost - have);
    }
    have -= cost;
    const ahead = Math.min(limit.lease, Math.floor(have / leases.length));
    fields.free = have - ahead;
    lease.add("tokens", ahead);
    fields.level -= cost;
    return undefined;
  }

  /** Lets tokens come back. The order in which words are written matters: see above. */
  #refill(now: number): void {
    const { limit: { burst, rate, per }, purse: { fields }, start } =
      this.#shared;
    const there = this.#sum();
    // A millisecond is `rate` units of time, a token `per` of them: integers, and
    // exact ones for 2^53 / rate ms.
    const { credited } = fields;
    const time = Math.max(credited, Math.floor(now - start) * rate);
    const earned = Math.floor((time - credited) / per);
    const room = burst - fields.level;
    const added = Math.min(earned, room);
    fields.level = there + added;
    // A full bucket does not wait for half a token.
    fields.credited = earned < room ? credited + earned * per : time;
    if (added === 0) return;
    fields.granted += added;
    fields.free += added;
  }

  /** All tokens, leased ones too; or more, if some are being taken. */
  #sum(): number {
    const { purse, leases } = this.#shared;
    return leases.reduce(
      (sum, { fields }) => sum + fields.tokens,
      purse.fields.free,
    );
  }

  #whenThereAre(more: number): number {
    const { limit: { rate, per }, purse, start } = this.#shared;
    const time = purse.fields.credited + more * per;
    return start + Math.ceil(time / rate);
  }
}

function check(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(
    `Cannot make budget as '${name}' must be an integer from ${least} to ${most}: received ${value}`,
  );
}
