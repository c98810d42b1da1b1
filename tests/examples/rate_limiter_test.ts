import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  newLimiter,
  RateLimiter,
  type SharedLimiter,
} from "../../examples/rate_limiter.ts";
import type { Limit } from "../../examples/token_budget.ts";
import { decode, encode, Reader, Writer } from "../../codec/mod.ts";
import { DeadlockError, Runtime, WorkerLostError } from "../../mod.ts";
import { currentThread } from "../../sync/thread/thread.ts";
import type { ModelThread } from "../model/explorer.ts";
import { mortal } from "../model/mortal.ts";
import { runProgram } from "../support/run_program.ts";
import { claimOther, runAs } from "../sync/other_thread.ts";
import { limited } from "./fixtures/limited.ts";
import { SpentTokens } from "./spent_tokens.ts";

const timeout = 20_000;

/** Some limiters of one family, whose time is set by hand. */
class Limiters {
  now = 0;
  readonly shared: SharedLimiter;
  readonly list: readonly RateLimiter[];

  constructor(limit: Limit, size: number) {
    this.shared = newLimiter(limit, this.clock);
    this.list = Array.from({ length: size }, () => this.make());
  }

  get clock(): () => number {
    return () => this.now;
  }

  make(shared: SharedLimiter = this.shared): RateLimiter {
    return new RateLimiter(shared, this.clock);
  }
}

/** How many tokens limiters get, one by one. */
function drain(...limiters: RateLimiter[]): number {
  let taken = 0;
  for (const limiter of limiters) while (limiter.tryTake()) taken++;
  return taken;
}

/** What another thread would have of it. */
function received(shared: SharedLimiter): SharedLimiter {
  const out = new Writer();
  out.buffers = [];
  encode(out, shared, "shared");
  const reader = Reader.of(out.bytes.slice(0, out.byteLength));
  reader.buffers = out.buffers;
  return decode(reader) as SharedLimiter;
}

interface Request {
  readonly pause: number;
  readonly who: number;
  readonly cost: number;
}

const requestLists = fc.array(
  fc.record({
    pause: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 3, arbitrary: fc.integer({ min: 1, max: 30 }) },
      // Some clocks are set back.
      { weight: 1, arbitrary: fc.integer({ min: -50, max: 2000 }) },
    ),
    who: fc.nat(2),
    cost: fc.oneof(
      { weight: 3, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 20 }) },
    ),
  }),
  { maxLength: 150, size: "max" },
);

const limits = fc.record({
  burst: fc.integer({ min: 1, max: 40 }),
  rate: fc.integer({ min: 1, max: 70 }),
  per: fc.integer({ min: 1, max: 1000 }),
});

const leases = fc.record({
  lease: fc.integer({ min: 0, max: 40 }),
  slots: fc.integer({ min: 1, max: 4 }),
});

interface Answer {
  readonly cost: number;
  readonly isTaken: boolean;
  /** How much time has passed. */
  readonly passed: number;
  /** The latest time that the clock has shown. */
  readonly latest: number;
}

/** Asks limiters one after the other. */
function* asked(
  limiters: Limiters,
  requests: readonly Request[],
  burst: number,
): Generator<Answer> {
  let [passed, latest] = [0, 0];
  for (const { pause, who, cost: wanted } of requests) {
    // A clock that is set back is so at once.
    passed += Math.max(0, pause);
    limiters.now = Math.max(0, limiters.now + pause);
    latest = Math.max(latest, limiters.now);
    const cost = Math.min(wanted, burst);
    const isTaken = limiters.list[who]!.tryTake(cost);
    yield { cost, isTaken, passed, latest };
  }
}

Deno.test("RateLimiter without leases answers as one token bucket, whoever is asked", () => {
  fc.assert(
    fc.property(limits, requestLists, (limit, requests) => {
      const { burst, rate, per } = limit;
      const limiters = new Limiters({ ...limit, lease: 0 }, 3);
      // In parts of a token, of which there are `per`.
      let level = burst * per;
      let then = 0;
      for (
        const { latest, cost, isTaken } of asked(limiters, requests, burst)
      ) {
        level = Math.min(burst * per, level + (latest - then) * rate);
        then = latest;
        // A limiter whose clock is behind may remember a refusal for longer.
        if (limiters.now === latest) assertEquals(isTaken, level >= cost * per);
        else if (isTaken) assert(level >= cost * per);
        if (isTaken) level -= cost * per;
      }
    }),
    { numRuns: 200 },
  );
});

Deno.test("RateLimiter with leases spends in no time more than one bucket gives", () => {
  fc.assert(
    fc.property(limits, leases, requestLists, (limit, leased, requests) => {
      const lease = Math.min(leased.lease, limit.burst);
      const limiters = new Limiters({ ...limit, ...leased, lease }, 3);
      const spent = new SpentTokens(limit);
      for (
        const { passed, cost, isTaken } of asked(
          limiters,
          requests,
          limit.burst,
        )
      ) {
        if (isTaken) spent.add({ now: passed, cost });
      }
    }),
    { numRuns: 200 },
  );
});

Deno.test("RateLimiter.totals() is what was asked, and nothing is refused that is there", () => {
  fc.assert(
    fc.property(limits, leases, requestLists, (limit, leased, requests) => {
      const { burst } = limit;
      const lease = Math.min(leased.lease, burst);
      const limiters = new Limiters({ ...limit, ...leased, lease }, 3);
      let [admitted, refused] = [0, 0];
      for (
        const { latest, cost, isTaken } of asked(limiters, requests, burst)
      ) {
        const totals = limiters.list[0]!.totals();
        if (isTaken) admitted += cost;
        else refused++;
        assertEquals([totals.admitted, totals.refused], [admitted, refused]);
        assert(totals.available >= 0 && totals.available <= burst);
        if (!isTaken && limiters.now === latest) {
          assert(totals.available < cost);
        }
      }
    }),
    { numRuns: 200 },
  );
});

Deno.test("RateLimiter has after a rest what was not leased at least, and all of it after another one", () => {
  const limit = { burst: 100, rate: 100, lease: 10, slots: 3 };
  const limiters = new Limiters(limit, 3);
  for (const limiter of limiters.list) {
    // A lease, and all of it.
    for (let k = 0; k <= 10; k++) assert(limiter.tryTake());
  }
  limiters.now += 60_000;
  const first = drain(...limiters.list);
  assert(first >= 100 - 3 * 10, String(first));
  limiters.now += 60_000;
  assertEquals(drain(...limiters.list), 100);
});

Deno.test("RateLimiter keeps the rate, neither more nor less, when all is wanted", () => {
  for (
    const [rate, per] of [[1, 1], [3, 1000], [333, 1000], [7, 11]] as const
  ) {
    const limiters = new Limiters({ burst: 50, rate, per, lease: 5 }, 3);
    assertEquals(drain(...limiters.list), 50);
    let taken = 0;
    for (let k = 0; k < 5000; k++) {
      limiters.now++;
      taken += drain(limiters.list[k % 3]!);
    }
    assertEquals(taken, Math.floor(5000 * rate / per));
  }
});

Deno.test("RateLimiter.retryAfter() says when what was refused is there", () => {
  const limiters = new Limiters({ burst: 10, rate: 3, per: 1000, lease: 2 }, 2);
  const [one, other] = limiters.list as [RateLimiter, RateLimiter];
  assertEquals(one.retryAfter(), 0);
  assert(one.tryTake(3) && other.tryTake(7));
  assert(!one.tryTake(4));
  assertEquals(one.retryAfter(), Math.ceil(4000 / 3));
  limiters.now += 333;
  assert(!other.tryTake());
  limiters.now += 1;
  assert(other.tryTake(), "not after a third of a second");
  // One of the four is gone.
  limiters.now += 1000;
  assertEquals(one.retryAfter(), 0);
  assert(!one.tryTake(4));
  limiters.now += one.retryAfter();
  assert(one.tryTake(4));
});

Deno.test("RateLimiter does not lock for what it knows to be in vain", () => {
  const limiters = new Limiters({ burst: 4, rate: 1 }, 1);
  const [limiter] = limiters.list as [RateLimiter];
  assert(limiter.tryTake(4));
  assert(!limiter.tryTake(3));
  const { mutex } = limiters.shared.budget;
  {
    using _held = mutex.lock();
    for (const cost of [3, 4]) assert(!limiter.tryTake(cost));
    // That may be there: it has to look, and the lock is held by this very thread.
    assertThrows(() => limiter.tryTake(2), DeadlockError);
  }
  limiters.now += limiter.retryAfter();
  assert(limiter.tryTake(3));
});

/** Limiters of which one thread is lost after so many atomic operations. Returns whether it ended before. */
function loseThread(operations: number, rest: number): boolean {
  const limit = { burst: 40, rate: 10, per: 1000, lease: 5, slots: 3 };
  const limiters = new Limiters(limit, 2);
  const [one] = limiters.list as [RateLimiter];
  const spent = new SpentTokens(limit);
  function spend(limiter: RateLimiter): boolean {
    const isTaken = limiter.tryTake();
    if (isTaken) spent.add({ now: limiters.now, cost: 1 });
    return isTaken;
  }
  function spendAll(): void {
    for (const limiter of limiters.list) while (spend(limiter));
  }
  for (const limiter of limiters.list) spend(limiter);
  limiters.now = 500;
  using other = claimOther();
  let isLost = false;
  runAs(other.id, () => {
    const limiter = limiters.make(received(limiters.shared));
    const body = mortal(operations, () => {
      for (let k = 0; k < 12; k++) spend(limiter);
      limiters.now = 1000;
      while (spend(limiter));
    }, () => isLost = true);
    body(undefined, { index: 0 } as ModelThread);
  });
  currentThread().threads.markLost(other.id);

  limiters.now += rest;
  spendAll();
  assert(!limiters.shared.budget.mutex.isPoisoned);
  const { admitted, available } = one.totals();
  assertEquals(available, 0);
  const lost = admitted - spent.sum;
  assert(lost >= 0 && lost <= limit.burst, `${lost} tokens were lost`);
  const before = spent.sum;
  limiters.now += 60_000;
  spendAll();
  assertEquals(spent.sum - before, limit.burst);
  return !isLost;
}

for (const rest of [0, 60_000]) {
  Deno.test(
    `RateLimiter: a thread may be lost after any atomic operation, then ${rest} ms pass, and no token is spent twice`,
    () => {
      let operations = 0;
      while (!loseThread(operations, rest)) operations++;
      assert(operations > 100, String(operations));
    },
  );
}

Deno.test("RateLimiter refuses limits and costs that are none", () => {
  const bad: Limit[] = [
    ...[0, -1, 0.5, NaN, 2 ** 31].map((burst) => ({ burst, rate: 1 })),
    ...[0, 0.5, 1_000_001].map((rate) => ({ burst: 1, rate })),
    ...[0, 2 ** 31].map((per) => ({ burst: 1, rate: 1, per })),
    ...[-1, 0.5, 11].map((lease) => ({ burst: 10, rate: 1, lease })),
    ...[0, 1025].map((slots) => ({ burst: 10, rate: 1, slots })),
  ];
  for (const limit of bad) assertThrows(() => newLimiter(limit), RangeError);
  const { list: [limiter] } = new Limiters({ burst: 10, rate: 1, lease: 5 }, 1);
  limiter!.tryTake();
  for (const cost of [0, -1, 0.5, NaN, 11, Infinity]) {
    assertThrows(() => limiter!.tryTake(cost), RangeError);
  }
  assertEquals(limiter!.totals(), { admitted: 1, refused: 0, available: 9 });
});

Deno.test("RateLimiter counts up to 2^31 - 1 tokens", () => {
  const burst = 2 ** 31 - 1;
  const limiters = new Limiters({ burst, rate: 1_000_000, per: 1 }, 2);
  const [one, other] = limiters.list as [RateLimiter, RateLimiter];
  assert(one.tryTake() && other.tryTake(burst - 2) && one.tryTake());
  assert(!one.tryTake());
  limiters.now += 10 * 365 * 86_400_000;
  assertEquals(other.totals().available, burst);
  assert(other.tryTake(burst));
  assert(!other.tryTake());
});

Deno.test("limiters on workers spend all that there is, and no more", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const family = await runtime.link(limited.family());
  const ask = async (count: number) => {
    const others = family.all().takeMany(count);
    const here = family.here.takeMany(count);
    return (await others).reduce((sum, taken) => sum + taken, here);
  };
  assertEquals(await ask(10_000), 10_000);
  assertEquals(family.here.totals(), {
    admitted: 10_000,
    refused: 20_000,
    available: 0,
  });
  for (let time = 100; time <= 1000; time += 100) {
    family.here.setTime(time);
    assertEquals(await ask(1000), 100);
  }
  family.here.setTime(1_000_000);
  const { available } = await family.on(1).totals();
  assertEquals(available, 10_000);
  assertEquals(await ask(10_000), 10_000);
});

Deno.test(
  "what a lost worker had leased is spent by the others, and by the one in its place",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const family = await runtime.link(limited.family());
    assertEquals(await family.all().takeMany(10), [10, 10]);
    await assertRejects(() => family.on(0).exit(), WorkerLostError);
    assertEquals(family.here.totals().available, 10_000 - 20);
    const one = await family.on(0).takeMany(100);
    const others = await family.on(1).takeMany(10_000);
    assertEquals([one, others], [100, 10_000 - 120]);
    assertEquals(await family.all().takeMany(10), [0, 0]);
  },
);

Deno.test("limiter comes to the same with threads and inline", {
  timeout,
}, async () => {
  const file = new URL("./fixtures/limiter_program.ts", import.meta.url);
  const threads = await runProgram({ file }, { permissions: ["-A"] });
  const inline = await runProgram({ file });
  assertEquals([threads.code, threads.stderr], [0, ""]);
  assertEquals([inline.code, inline.stderr], [0, ""]);
  assertEquals(threads.stdout.split("\n")[0], "threads");
  assertEquals(inline.stdout.split("\n")[0], "inline");
  assertEquals(
    inline.stdout.split("\n").slice(1),
    threads.stdout.split("\n").slice(1),
  );
});
