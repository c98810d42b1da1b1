import { assert, assertEquals, assertMatch } from "@std/assert";
import { explore } from "./explorer.ts";
import {
  counts,
  lock,
  refuses,
  unlock,
  type Words,
  words,
} from "./futex_mutex.ts";

/** Stores to `n` words, starting with word `from`. */
function stores(from: number, n: number): (w: Words) => void {
  return (w) => {
    for (let i = from; i < from + n; i++) Atomics.store(w, i, 1);
  };
}

Deno.test("explore() runs every order of steps once", async () => {
  const { schedules, complete } = await explore({
    setup: words(6),
    threads: [stores(0, 3), stores(3, 3)],
    reduce: false,
  });
  assertEquals(schedules, 20); // 6! / (3! 3!)
  assert(complete);
  const three = await explore({
    setup: words(6),
    threads: [stores(0, 2), stores(2, 2), stores(4, 2)],
    preemptions: Infinity,
    reduce: false,
  });
  assertEquals(three.schedules, 90); // 6! / (2! 2! 2!)
});

Deno.test("explore() runs one order of independent steps", async () => {
  const { schedules } = await explore({
    setup: words(6),
    threads: [stores(0, 3), stores(3, 3)],
  });
  assertEquals(schedules, 1);
});

Deno.test("explore() keeps to the bound on preemptions", async () => {
  for (const [preemptions, expected] of [[0, 2], [1, 6], [2, 14]] as const) {
    const { schedules } = await explore({
      setup: words(6),
      threads: [stores(0, 3), stores(3, 3)],
      preemptions,
    });
    assertEquals(schedules, expected);
  }
});

Deno.test("explore() reaches the same ends with and without reduction", async () => {
  // A small generator, so that the test is the same each time.
  let seed = 7;
  const next = (n: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 16) % n;
  };
  type Step = readonly [kind: number, word: number, value: number];
  const program = (): Step[] =>
    Array.from({ length: 4 }, () => [next(7), next(2), next(3)]);
  const run = (steps: readonly Step[]) => (w: Words) =>
    steps.map(([kind, i, value]) => {
      switch (kind) {
        case 0:
          return Atomics.load(w, i);
        case 1:
          return Atomics.store(w, i, value);
        case 2:
          return Atomics.add(w, i, value);
        case 3:
          return Atomics.compareExchange(w, i, 0, value);
        case 4:
          return Atomics.exchange(w, i, value);
        case 5:
          return Atomics.wait(w, i, value, 50);
        default:
          return Atomics.notify(w, i, value);
      }
    });
  for (let round = 0; round < 60; round++) {
    const programs = Array.from({ length: 2 + round % 2 }, program)
      .map((steps) => round % 2 ? steps.slice(0, 3) : steps);
    const ends = async (reduce: boolean) => {
      const seen = new Set<string>();
      const { complete } = await explore({
        setup: words(2),
        threads: programs.map(run),
        check: (w, results) => void seen.add(JSON.stringify([[...w], results])),
        preemptions: Infinity,
        expireTimeouts: true,
        reduce,
      });
      assert(complete);
      return [...seen].sort();
    };
    assertEquals(await ends(true), await ends(false));
  }
});

Deno.test("explore() finds nothing wrong with the futex mutex", async () => {
  for (const [n, preemptions] of [[2, Infinity], [3, 2], [3, Infinity]]) {
    const { complete } = await explore({
      setup: words(2),
      threads: Array.from({ length: n! }, () => counts(unlock)),
      preemptions: preemptions!,
      check: (w) => assertEquals([...w], [0, n]),
    });
    assert(complete);
  }
});

Deno.test("explore() finds the lost wake-up of a load and a store for an exchange", async () => {
  const leave = (w: Words) => {
    const seen = Atomics.load(w, 0);
    Atomics.store(w, 0, 0);
    if (seen === 2) Atomics.notify(w, 0, 1);
  };
  const { message } = await refuses("deadlock", {
    setup: words(2),
    threads: [counts(leave), counts(leave)],
  });
  assertMatch(message, /T\d wait\[word 0\] while 2: sleeps/);
  assertMatch(message, /T\d store\[word 0\] 0, was 2/);
});

Deno.test("explore() finds a sleep without a second look", async () => {
  // The waiter says that it sleeps, but does not look again before it does.
  await refuses("deadlock", {
    setup: words(2),
    threads: [
      (w) => {
        if (Atomics.load(w, 0) === 1) return;
        Atomics.store(w, 1, 1);
        Atomics.wait(w, 1, 1);
      },
      (w) => {
        Atomics.store(w, 0, 1);
        if (Atomics.load(w, 1) === 1) {
          Atomics.store(w, 1, 0);
          Atomics.notify(w, 1);
        }
      },
    ],
  });
});

Deno.test("explore() finds a notify before its store", async () => {
  const waits = (w: Words) => {
    while (Atomics.load(w, 0) === 0) Atomics.wait(w, 0, 0);
  };
  await refuses("deadlock", {
    setup: words(1),
    threads: [waits, (w) => {
      Atomics.notify(w, 0);
      Atomics.store(w, 0, 1);
    }],
  });
  await explore({
    setup: words(1),
    threads: [waits, (w) => {
      Atomics.store(w, 0, 1);
      Atomics.notify(w, 0);
    }],
  });
});

Deno.test("explore() finds a lost wake-up that slices of a wait hide", async () => {
  const program = {
    setup: words(1),
    threads: [
      (w: Words) => {
        while (Atomics.load(w, 0) === 0) Atomics.wait(w, 0, 0, 100);
      },
      (w: Words) => Atomics.store(w, 0, 1), // and no notify
    ],
  };
  const { reason } = await refuses("deadlock", program);
  assertMatch(reason, /only a timeout/);
  await explore({ ...program, expireTimeouts: true });
});

Deno.test("explore() lets a wait time out at any moment, as often as allowed", async () => {
  const ends = async (timeouts: number) => {
    const seen = new Set<unknown>();
    await explore({
      setup: words(1),
      threads: [
        (w) => Atomics.wait(w, 0, 0, 100) + " " + Atomics.wait(w, 0, 0, 100),
        (w) => {
          Atomics.notify(w, 0);
          Atomics.store(w, 0, 1);
          Atomics.notify(w, 0);
        },
      ],
      timeouts,
      check: (_, [result]) => void seen.add(result),
    });
    return [...seen].sort();
  };
  assertEquals(await ends(0), [
    "not-equal not-equal",
    "ok not-equal",
    "ok ok",
  ]);
  assertEquals(await ends(1), [
    "not-equal not-equal",
    "ok not-equal",
    "ok ok",
    "ok timed-out",
    "timed-out not-equal",
    "timed-out ok",
  ]);
});

Deno.test("explore() moves time on when a wait times out", async () => {
  await explore({
    setup: words(1),
    threads: [(w) => {
      const start = performance.now();
      const deadline = start + 250;
      let slices = 0;
      for (;;) {
        const left = deadline - performance.now();
        if (left <= 0) break;
        Atomics.wait(w, 0, 0, Math.min(left, 100));
        slices++;
      }
      assertEquals(performance.now() - start, 250);
      return slices;
    }],
    expireTimeouts: [0],
    check: (_, [slices]) => assertEquals(slices, 3),
  });
});

Deno.test("explore() refuses a program without end", async () => {
  await refuses("livelock", {
    setup: words(1),
    threads: [(w) => {
      while (Atomics.load(w, 0) === 0);
    }],
    maxSteps: 50,
  });
});

Deno.test("explore() lets a spinning thread wait for the others", async () => {
  const { complete } = await explore({
    setup: words(2),
    threads: [
      (w) => {
        while (Atomics.load(w, 0) === 0) Atomics.pause();
        return w[1];
      },
      (w) => {
        w[1] = 7;
        Atomics.store(w, 0, 1);
      },
    ],
    check: (_, [seen]) => assertEquals(seen, 7),
  });
  assert(complete);
});

/** The ends of a program: what its threads return, in all schedules. */
async function endsOf(
  threads: readonly ((w: Words) => unknown)[],
  reduce = true,
): Promise<string[]> {
  const seen = new Set<string>();
  const { complete } = await explore({
    setup: words(3),
    threads,
    preemptions: Infinity,
    check: (_, results) => void seen.add(JSON.stringify(results)),
    reduce,
  });
  assert(complete);
  return [...seen].sort();
}

Deno.test("explore() lets two spinning threads wait for a third one", async () => {
  const spins = (w: Words) => {
    while (Atomics.load(w, 0) === 0) Atomics.pause();
    return w[1];
  };
  const writes = (w: Words) => {
    w[1] = 7;
    Atomics.store(w, 0, 1);
  };
  assertEquals(await endsOf([spins, spins, writes]), ["[7,7,null]"]);
  assertEquals(await endsOf([spins, spins, writes], false), ["[7,7,null]"]);
  const { complete } = await explore({
    setup: words(2),
    threads: [spins, writes, spins],
    preemptions: 1,
  });
  assert(complete);
});

Deno.test("explore() lets three threads spin for a lock", async () => {
  const locks: Record<string, (w: Words) => boolean> = {
    compareExchange: (w) => Atomics.compareExchange(w, 0, 0, 1) === 0,
    // Writes in each round, and what was there.
    exchange: (w) => Atomics.exchange(w, 0, 1) === 0,
    or: (w) => Atomics.or(w, 0, 1) === 0,
  };
  for (const tryLock of Object.values(locks)) {
    const counts = (w: Words) => {
      while (!tryLock(w)) Atomics.pause();
      const before = w[1]!;
      w[1] = before + 1;
      Atomics.store(w, 0, 0);
      return before;
    };
    assertEquals(await endsOf([counts, counts, counts]), [
      "[0,1,2]",
      "[0,2,1]",
      "[1,0,2]",
      "[1,2,0]",
      "[2,0,1]",
      "[2,1,0]",
    ]);
  }
});

Deno.test("explore() lets a change come in the middle of a round of a spin", async () => {
  const spins = (w: Words) => {
    for (;;) {
      const seen = [Atomics.load(w, 0), Atomics.load(w, 1)];
      if (seen[0] || seen[1]) return seen.join("");
      Atomics.pause();
    }
  };
  const writes = (w: Words) => {
    Atomics.store(w, 0, 1);
    Atomics.store(w, 1, 1);
  };
  for (const reduce of [true, false]) {
    assertEquals(await endsOf([spins, writes], reduce), [
      '["01",null]',
      '["10",null]',
      '["11",null]',
    ]);
    // Nine ends: neither of two spins bounds the other.
    assertEquals((await endsOf([spins, spins, writes], reduce)).length, 9);
  }
});

Deno.test("explore() reaches the same ends with a spin as with a sleep", async () => {
  let seed = 3;
  const next = (n: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 16) % n;
  };
  let stuck = 0;
  for (let round = 0; round < 24; round++) {
    // Threads add to words, and wait for what others add.
    const step = () => ({
      ...next(3) === 0 ? { wait: next(3), from: 1 } : {},
      add: next(3),
    });
    const steps = [[step(), step()], [step(), step()], [step()]];
    const run = (sleeps: boolean) =>
      steps.map((list) => (w: Words) =>
        list.map((step) => {
          const seen: number[] = [];
          if ("wait" in step) {
            for (;;) {
              const value = Atomics.load(w, step.wait);
              if (value >= step.from!) {
                seen.push(value);
                break;
              }
              if (sleeps) Atomics.wait(w, step.wait, value);
              else Atomics.pause();
            }
          }
          seen.push(Atomics.add(w, step.add, 1));
          if (sleeps) Atomics.notify(w, step.add);
          return seen;
        })
      );
    const outcome = (sleeps: boolean) =>
      endsOf(run(sleeps)).catch((error) => {
        // A program may wait for what does not come.
        if (error.violation === "deadlock") return "stuck";
        if (error.violation === "livelock") return "stuck";
        throw error;
      });
    const ends = await outcome(true);
    assertEquals(await outcome(false), ends);
    stuck += Number(ends === "stuck");
  }
  // And not because none of them ends.
  assert(stuck < 12, `${stuck} are stuck`);
});

Deno.test("explore() takes pauses in a row for one", async () => {
  assertEquals(
    await endsOf([
      (w) => {
        Atomics.load(w, 1);
        Atomics.pause();
        Atomics.pause();
        Atomics.pause();
        return Atomics.load(w, 0);
      },
      (w) => {
        Atomics.store(w, 0, 1);
        Atomics.store(w, 0, 2);
      },
    ]),
    ["[0,null]", "[1,null]", "[2,null]"],
  );
});

Deno.test("explore() lets a thread that pauses and makes changes go on", async () => {
  assertEquals(
    await endsOf([
      (w) => {
        for (let k = 0; k < 4; k++) {
          Atomics.add(w, 0, 1);
          Atomics.pause();
        }
      },
      (w) => Atomics.load(w, 0),
    ]),
    ["[null,0]", "[null,1]", "[null,2]", "[null,3]", "[null,4]"],
  );
});

Deno.test("explore() refuses threads that spin for what nobody does", async () => {
  const spins = (w: Words) => {
    while (Atomics.load(w, 0) === 0) Atomics.pause();
  };
  await refuses("livelock", {
    setup: words(1),
    threads: [spins, spins],
    maxSteps: 50,
  });
  // Each round changes something that the other one's round looks at.
  await refuses("livelock", {
    setup: words(2),
    threads: [0, 1].map((k) => (w: Words) => {
      while (Atomics.add(w, k, 1) >= 0) Atomics.pause();
    }),
    maxSteps: 50,
  });
});

Deno.test("explore() reports what a thread and what the check throws", async () => {
  const thread = await refuses("exception", {
    setup: words(1),
    threads: [
      (w) => assertEquals(Atomics.add(w, 0, 1), 0),
      (w) => assertEquals(Atomics.add(w, 0, 1), 0),
    ],
  });
  assert(thread.cause instanceof Error);
  const check = await refuses("exception", {
    setup: words(1),
    threads: [0, 1].map(() => (w: Words) => {
      Atomics.store(w, 0, Atomics.load(w, 0) + 1);
    }),
    check: (w) => assertEquals(w[0], 2),
  });
  assertEquals(check.trace.length, 4);
});

Deno.test("explore() runs what is written after a pause without effect", async () => {
  const { complete } = await explore({
    setup: words(2),
    threads: [0, 1].map(() => (w: Words) => {
      lock(w);
      try {
        using _ = { [Symbol.dispose]: () => unlock(w) };
        w[1] = w[1]! + 1;
        Atomics.load(w, 0);
      } catch (error) {
        w[1] = 100;
        throw error;
      }
    }),
    check: (w) => assertEquals([...w], [0, 2]),
  });
  assert(complete);
});

Deno.test("explore() puts a recorded call without a step between two steps", async () => {
  await explore({
    setup: words(1),
    threads: [(w, thread) => {
      Atomics.load(w, 0);
      thread.call("nothing", () => {});
      Atomics.load(w, 0);
    }],
    check: (_, __, [call]) => {
      assert(call!.call > 1 && call!.call <= call!.ret && call!.ret < 2);
    },
  });
});

Deno.test("explore() notices a program that does not repeat itself", async () => {
  let runs = 0;
  await refuses("unsupported", {
    setup: words(2),
    threads: [(w) => {
      Atomics.load(w, runs++ % 2);
      Atomics.load(w, 0);
    }],
  });
});

Deno.test("explore() says when it gave up", async () => {
  const seen = await explore({
    setup: words(2),
    threads: [counts(unlock), counts(unlock)],
    maxSchedules: 3,
  });
  assertEquals(seen.schedules, 3);
  assertEquals(seen.complete, false);
});

Deno.test("explore() calls enter before each run of a thread", async () => {
  let current = -1;
  await explore({
    setup: words(2),
    threads: [0, 1, 2].map((index) => (w: Words) => {
      assertEquals(current, index);
      counts(unlock)(w);
      assertEquals(current, index);
    }),
    enter: (thread) => current = thread,
  });
});

Deno.test("explore() puts the engine's globals back", async () => {
  const { Atomics: atomics, setTimeout: timeout, SharedArrayBuffer: buffer } =
    globalThis;
  const { now } = performance;
  await explore({ setup: words(1), threads: [(w) => Atomics.load(w, 0)] });
  assert(Atomics === atomics && performance.now === now);
  assert(setTimeout === timeout && SharedArrayBuffer === buffer);
});
