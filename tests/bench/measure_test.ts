import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { measure, rotated } from "../../bench/harness/measure.ts";
import { toJsonLines, toTable } from "../../bench/harness/report.ts";
import { BEST_RIVAL } from "../../bench/harness/bar.ts";
import type {
  Running,
  Scenario,
  Subject,
} from "../../bench/harness/scenario.ts";
import {
  median,
  quantile,
  ratios,
  summary,
} from "../../bench/harness/statistics.ts";
import { microseconds, perSecond } from "../../bench/harness/unit.ts";

/** A clock that only the subjects move, and what they did in order. */
class Stage {
  now = 0;
  readonly log: string[] = [];

  subject(
    name: string,
    msPerOperation: number,
    overrides: Partial<Running> = {},
  ): Subject {
    return {
      name,
      setup: () =>
        Promise.resolve({
          run: (iterations: number) => {
            this.now += msPerOperation * iterations;
            this.log.push(`run ${name}`);
            return Promise.resolve(iterations);
          },
          close: () => {
            this.log.push(`close ${name}`);
          },
          ...overrides,
        }),
    };
  }

  scenario(subjects: Subject[], more: Partial<Scenario> = {}): Scenario {
    return {
      name: "test",
      unit: microseconds,
      baseline: "base",
      subjects,
      ...more,
    };
  }

  measure(scenario: Scenario, rounds = 7): ReturnType<typeof measure> {
    return measure(scenario, {
      rounds,
      roundMs: 100,
      settleMs: 0,
      deadlineMs: 100,
      now: () => this.now,
    });
  }
}

function broken(): never {
  throw new TypeError("Cannot go on\nas this test says");
}

Deno.test("median() is the middle value, or between the two middle ones", () => {
  assertEquals(median([3, 1, 2]), 2);
  assertEquals(median([4, 1, 3, 2]), 2.5);
  assertEquals(median([7]), 7);
  assertEquals(median([]), NaN);
});

Deno.test("median() compares as numbers and leaves its argument alone", () => {
  const values = [10, 9, 100];
  assertEquals(median(values), 10);
  assertEquals(values, [10, 9, 100]);
});

Deno.test("quantile() interpolates between neighbours", () => {
  assertEquals(quantile([1, 2, 3, 4], 0.25), 1.75);
  assertEquals(quantile([1, 2, 3, 4], 0.75), 3.25);
  assertEquals(quantile([5, 1, 9], 0), 1);
  assertEquals(quantile([5, 1, 9], 1), 9);
  assertEquals(quantile([1, Infinity, Infinity], 0.75), Infinity);
});

Deno.test("summary() has the quartiles around the median", () => {
  assertEquals(summary([1, 2, 3, 4, 5, 6, 7]), {
    median: 4,
    low: 2.5,
    high: 5.5,
  });
});

Deno.test("ratios() are taken round by round, so that drift cancels out", () => {
  assertEquals(ratios([2, 20, 200], [1, 10, 100]), [2, 2, 2]);
  assertThrows(() => ratios([1], [1, 2]), RangeError);
});

Deno.test("rotated() starts with another element each round", () => {
  assertEquals([0, 1, 2, 3].map((i) => rotated(["a", "b", "c"], i).join("")), [
    "abc",
    "bca",
    "cab",
    "abc",
  ]);
  assertEquals(rotated([], 3), []);
});

Deno.test("Unit.of() follows from operations and time", () => {
  assertEquals(microseconds.of(1000, 2), 2);
  assertEquals(perSecond("calls").of(1000, 2), 500_000);
  assertEquals(perSecond("calls").label, "calls/s");
});

Deno.test("measure() gives values in the unit and ratios to the baseline", async () => {
  const stage = new Stage();
  const { measured, notMeasured } = await stage.measure(
    stage.scenario([stage.subject("base", 1), stage.subject("ours", 0.25)]),
  );
  assertEquals(notMeasured, []);
  const [base, ours] = measured;
  assert(base !== undefined && ours !== undefined);
  assertEquals([
    base.subject,
    base.values.length,
    base.median,
    base.ratio?.median,
  ], [
    "base",
    7,
    1000,
    1,
  ]);
  assertEquals([ours.median, ours.low, ours.high, ours.ratio?.median], [
    250,
    250,
    250,
    0.25,
  ]);
});

Deno.test("measure() alternates the subjects, and closes them after the last round", async () => {
  const stage = new Stage();
  await stage.measure(
    stage.scenario(["base", "b", "c"].map((name) => stage.subject(name, 1))),
  );
  assertEquals(
    stage.log.slice(-3 * 7 - 3).map((entry) => entry.replace("run ", "")),
    [
      ..."base b c b c base c base b".split(" "),
      ..."base b c b c base c base b".split(" "),
      ..."base b c".split(" "),
      ..."close base,close b,close c".split(","),
    ],
  );
});

Deno.test("measure() gives every subject the same time, not the same operations", async () => {
  const stage = new Stage();
  const times: Record<string, number[]> = { base: [], fast: [] };
  const subjects = ([["base", 5], ["fast", 0.01]] as const).map(([name, ms]) =>
    stage.subject(name, ms, {
      run: (iterations) => {
        stage.now += ms * iterations;
        times[name]!.push(ms * iterations);
        return Promise.resolve(iterations);
      },
    })
  );
  await stage.measure(stage.scenario(subjects));
  assertEquals(times.base!.slice(-7).map(Math.round), Array(7).fill(100));
  assertEquals(times.fast!.slice(-7).map(Math.round), Array(7).fill(100));
});

Deno.test("measure() reports subjects that fail at any step in one line, and goes on", async () => {
  const stage = new Stage();
  let runs = 0;
  const { measured, notMeasured } = await stage.measure(stage.scenario([
    {
      name: "setup",
      setup: () => Promise.reject(new TypeError("Cannot start")),
    },
    { name: "throws", setup: broken },
    stage.subject("check", 1, { check: async () => await broken() }),
    stage.subject("run", 1, { run: async () => await broken() }),
    stage.subject("later", 1, {
      run: (iterations) => {
        stage.now += iterations;
        return ++runs > 6 ? broken() : Promise.resolve(iterations);
      },
    }),
    stage.subject("hangs", 1, { run: () => new Promise(() => {}) }),
    stage.subject("base", 1),
  ]));
  assertEquals(
    measured.map(({ subject, values }) => [subject, values.length]),
    [["base", 7]],
  );
  assertEquals(notMeasured.map(({ subject }) => subject), [
    "setup",
    "throws",
    "check",
    "run",
    "hangs",
    "later",
  ]);
  assert(
    notMeasured.every(({ reason }) =>
      reason.length > 0 && !reason.includes("\n")
    ),
  );
  // Those that were set up are closed, each once.
  assertEquals(stage.log.filter((entry) => entry.startsWith("close")), [
    "close check",
    "close run",
    "close hangs",
    "close later",
    "close base",
  ]);
});

Deno.test("measure() closes a subject whose set-up ends after its deadline", async () => {
  const stage = new Stage();
  const late = Promise.withResolvers<Running>();
  const { notMeasured } = await stage.measure(stage.scenario([
    { name: "late", setup: () => late.promise },
  ]));
  assertEquals(notMeasured.length, 1);
  late.resolve(await stage.subject("late", 1).setup());
  await late.promise;
  assertEquals(stage.log, ["close late"]);
});

Deno.test("measure() has no ratios without the baseline", async () => {
  const stage = new Stage();
  const result = await stage.measure(stage.scenario([
    stage.subject("base", 1, {
      check: () => Promise.reject(new Error("wrong")),
    }),
    stage.subject("ours", 1),
  ]));
  assertEquals(result.measured.map(({ ratio }) => ratio), [undefined]);
  assertEquals(JSON.parse(toJsonLines("area", result)), {
    area: "area",
    scenario: "area/test",
    subject: "ours",
    unit: "us",
    median: 1000,
    low: 1000,
    high: 1000,
    ratio: null,
  });
});

Deno.test("measure() arranges after all set-ups, and undoes it before closing", async () => {
  const stage = new Stage();
  const subject = stage.subject("base", 1);
  await stage.measure(stage.scenario([{
    name: "base",
    setup: () => (stage.log.push("setup"), subject.setup()),
  }], {
    arrange: () => (stage.log.push("arrange"), {
      [Symbol.dispose]: () => void stage.log.push("undo"),
    }),
  }));
  assertEquals(stage.log.filter((entry) => !entry.startsWith("run")), [
    "setup",
    "arrange",
    "undo",
    "close base",
  ]);
});

Deno.test("measure() refuses fewer rounds than a comparison needs", async () => {
  const stage = new Stage();
  await assertRejects(() => stage.measure(stage.scenario([]), 6), RangeError);
});

Deno.test("toTable() says which way is better, and aligns its columns", async () => {
  const stage = new Stage();
  const result = await stage.measure(stage.scenario([
    stage.subject("base", 1),
    stage.subject("a longer name", 0.001),
    { name: "gone", setup: broken },
  ]));
  const lines = toTable("area", result).trimEnd().split("\n");
  assert(lines[0]?.includes("lower is better"));
  assertEquals(
    new Set(lines.slice(1, 4).map((line) => line.indexOf("  ", 20))).size,
    1,
  );
  assert(lines[3]?.endsWith("1,000x better"));
  assert(lines[4]?.includes("gone: not measured"));
});

Deno.test("measure() warms up for as long as it is told", async () => {
  const stage = new Stage();
  await measure(stage.scenario([stage.subject("base", 1)]), {
    rounds: 7,
    roundMs: 10,
    settleMs: 0,
    warmMs: 1000,
    now: () => stage.now,
  });
  // By more runs, not by longer ones.
  assert(stage.now >= 1000 + 7 * 10);
  assert(stage.log.length > 1000 / 10);
});

Deno.test("measure() takes a reading once a round, as it is", async () => {
  const stage = new Stage();
  let reads = 0;
  const { measured } = await stage.measure(stage.scenario([
    stage.subject("base", 1, {
      run: () => Promise.resolve({ value: ++reads }),
    }),
  ]));
  // One to warm up.
  assertEquals(measured[0]?.values, [2, 3, 4, 5, 6, 7, 8]);
});

Deno.test("measure() does not measure a subject that is too slow, and says how slow", async () => {
  const stage = new Stage();
  const { measured, notMeasured } = await measure(
    stage.scenario([stage.subject("base", 1), stage.subject("slow", 2000)]),
    {
      rounds: 7,
      roundMs: 10,
      settleMs: 0,
      slowMs: 1000,
      now: () => stage.now,
    },
  );
  assertEquals(measured.map(({ subject }) => subject), ["base"]);
  assert(notMeasured[0]?.reason.includes("2,000,000 us"));
});

Deno.test("measure() measures a subject although the machine stood still while it warmed up", async () => {
  const stage = new Stage();
  const stalls = (...which: number[]) => {
    let runs = 0;
    return (iterations: number) => {
      stage.now += which.includes(++runs) ? 5000 : 0.01 * iterations;
      return Promise.resolve(iterations);
    };
  };
  const { measured } = await measure(
    stage.scenario([
      stage.subject("base", 1, { run: stalls(1) }),
      stage.subject("later", 1, { run: stalls(3, 4) }),
    ]),
    {
      rounds: 7,
      roundMs: 100,
      settleMs: 0,
      slowMs: 1000,
      now: () => stage.now,
    },
  );
  assertEquals(measured.map(({ subject, median }) => [subject, median]), [
    ["base", 10],
    ["later", 10],
  ]);
});

Deno.test("measure() compares with the best rival, which depends on the unit", async () => {
  for (
    const [unit, best] of [[microseconds, "b"], [perSecond("x"), "b"]] as const
  ) {
    const stage = new Stage();
    const result = await stage.measure(stage.scenario([
      stage.subject("base", 0.1),
      stage.subject("a", 4),
      stage.subject("b", 2),
      stage.subject("ours", 1),
    ], { unit, rivals: ["a", "b", "not there"] }));
    assertEquals(result.bestRival, best);
    const ours = result.measured.find(({ subject }) => subject === "ours");
    assertEquals(ours?.toBestRival?.median, unit.better === "lower" ? 0.5 : 2);
    assert(toTable("area", result).includes("to b"));
    assert(toJsonLines("area", result).includes('"bestRival":"b"'));
  }
});

Deno.test("measure() judges bars by the median of ratios or differences", async () => {
  const stage = new Stage();
  const result = await stage.measure(stage.scenario([
    stage.subject("base", 4),
    stage.subject("rival", 2),
    stage.subject("ours", 1),
  ], {
    rivals: ["rival"],
    bars: [
      { subject: "ours", against: "base", atMost: 0.25 },
      { subject: "ours", against: "base", atMost: 0.24 },
      { subject: "base", against: "ours", atLeast: 4 },
      { subject: "base", against: "ours", atLeast: 4.1 },
      { subject: "ours", against: BEST_RIVAL, atMost: 0.5 },
      { subject: "rival", against: "ours", atMostMore: 1000 },
      { subject: "rival", against: "ours", atMostMore: 999 },
      { subject: "ours", against: "not there", atMost: 1 },
    ],
  }));
  assertEquals(result.bars.map(({ isMet }) => isMet), [
    true,
    false,
    true,
    false,
    true,
    true,
    false,
  ]);
  const table = toTable("area", result);
  assert(table.includes("bar met: ours / rival"));
  assert(table.includes("bar MISSED: rival - ours"));
});

Deno.test("measure() judges bars of a subject alone, and those that hold in each round", async () => {
  const stage = new Stage();
  let round = 0;
  const rising = () => Promise.resolve({ value: round++ });
  const result = await stage.measure(stage.scenario([
    // The warming up reads 0, the rounds 1 to 7.
    stage.subject("base", 1, { run: () => Promise.resolve({ value: 1 }) }),
    stage.subject("ours", 1, { run: rising }),
  ], {
    bars: [
      { subject: "ours", atMost: 4 },
      { subject: "ours", atMost: 3.9 },
      { subject: "ours", against: "base", atLeast: 4, alwaysAtLeast: 1 },
      { subject: "ours", against: "base", atLeast: 4, alwaysAtLeast: 1.1 },
    ],
  }));
  assertEquals(result.bars.map(({ isMet }) => isMet), [
    true,
    false,
    true,
    false,
  ]);
  const table = toTable("area", result);
  assert(table.includes("bar met: ours is 4.00"));
  assert(table.includes("the least is 1.00"));
});

Deno.test("measure() has the medians of what subjects read besides, in columns of their own", async () => {
  const stage = new Stage();
  let round = 0;
  const result = await stage.measure(stage.scenario([
    stage.subject("base", 1),
    stage.subject("ours", 1, {
      run: () =>
        Promise.resolve({ value: 1, besides: { "p99 ms": 10 * round++ } }),
    }),
  ]));
  assertEquals(result.measured.map(({ besides }) => besides), [
    {},
    { "p99 ms": 40 },
  ]);
  assert(toTable("area", result).includes("p99 ms"));
  const [base = "", ours = ""] = toJsonLines("area", result).split("\n");
  assertEquals(JSON.parse(base).besides, undefined);
  assertEquals(JSON.parse(ours).besides, { "p99 ms": 40 });
});

Deno.test("toTable() draws no conclusion from zeros", async () => {
  const stage = new Stage();
  const zero = () => Promise.resolve({ value: 0 });
  const result = await stage.measure(stage.scenario([
    stage.subject("base", 1, { run: zero }),
    stage.subject("ours", 1, { run: zero }),
  ]));
  const text = toTable("area", result);
  assert(!text.includes("NaN") && !text.includes("better\n"));
});
