import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import * as fc from "fast-check";
import {
  type Metric,
  type MetricFamily,
  metricsOf,
  OPEN_METRICS_TYPE,
  openMetrics,
  Runtime,
  type Stats,
} from "../../../mod.ts";
import { canonical } from "../../../workers/stats/exposition.ts";
import type { Histogram } from "../../../workers/stats/histogram.ts";
import type { ThreadStats } from "../../../workers/stats/thread_stats.ts";
import { withClock } from "./clock.ts";
import { newRuntime } from "./counted_runtime.ts";
import { observed } from "./fixtures/observed_family.ts";
import { type ReadFamily, readOpenMetrics } from "./open_metrics_text.ts";

type Labels = Readonly<Record<string, string>>;

/** Samples of a text, by name and labels. */
class Samples {
  readonly families: ReadonlyMap<string, ReadFamily>;

  constructor(text: string) {
    this.families = readOpenMetrics(text);
  }

  /** The value of a sample; undefined: it is not there. */
  value(family: string, suffix: string, labels: Labels): number | undefined {
    const wanted = JSON.stringify(Object.entries(labels).toSorted());
    return this.families.get(family)?.samples.find((sample) =>
      sample.name === family + suffix &&
      JSON.stringify(Object.entries(sample.labels).toSorted()) === wanted
    )?.value;
  }

  /** That a histogram is as the stats have it. */
  assertHistogram(
    family: string,
    labels: Labels,
    histogram: Histogram,
    { perUnit, open }: { perUnit: number; open: number },
  ): void {
    const sum = this.value(family, "_sum", labels)!;
    const mean = histogram.count === 0 ? 0 : histogram.mean;
    assertAlmostEquals(sum * perUnit, mean * histogram.count, 1e-6);
    assertEquals(this.value(family, "_count", labels), histogram.count);
    const buckets = this.families.get(family)!.samples.filter((sample) =>
      sample.name === `${family}_bucket` &&
      sample.labels.worker === labels.worker
    );
    assert(buckets.length > 10);
    for (const { labels: { le }, value } of buckets) {
      const bound = le === "+Inf" ? Infinity : Number(le) * perUnit + open;
      const below = histogram.buckets().filter(({ to }) =>
        to <= bound * (1 + 1e-9)
      );
      const expected = below.reduce((all, { count }) => all + count, 0);
      assertEquals(value, expected, `${family} ${le}`);
    }
  }
}

const TIMES = { perUnit: 1000, open: 0 };
const SIZES = { perUnit: 1, open: 1 };

function assertThread(
  samples: Samples,
  labels: Labels,
  { calls, latencies, mail, waits, batches }: ThreadStats,
): void {
  const total = (family: string, more: Labels = {}) =>
    samples.value(`kindred_${family}`, "_total", { ...labels, ...more });
  assertEquals(total("calls"), calls.made);
  assertEquals(total("calls_settled"), calls.settled);
  assertEquals(total("mail_frames", { direction: "in" }), mail.framesIn);
  assertEquals(total("mail_frames", { direction: "out" }), mail.framesOut);
  assertEquals(total("mail_bytes", { direction: "in" }), mail.bytesIn);
  assertEquals(total("mail_bytes", { direction: "out" }), mail.bytesOut);
  assertEquals(total("sleeps"), waits.sleeps);
  assertEquals(total("wake_ups", { by: "message" }), waits.wokenByMessage);
  assertEquals(total("wake_ups", { by: "word" }), waits.wokenByWord);
  assertEquals(total("spins", { outcome: "paid" }), waits.spinsPaid);
  assertEquals(total("spins", { outcome: "in_vain" }), waits.spinsInVain);
  const room = batches.count === 0 ? 0 : batches.tasks / batches.fill;
  assertAlmostEquals(total("batch_room_tasks")!, room, 1e-6);
  const histogram = (name: string, of: Histogram, shown: typeof TIMES) =>
    samples.assertHistogram(`kindred_${name}`, labels, of, shown);
  histogram("calls_latency_seconds", latencies, TIMES);
  histogram("batch_wait_seconds", batches.waits, TIMES);
  histogram("batch_size_tasks", batches.sizes, SIZES);
}

function assertEqual(text: string, stats: Stats): void {
  const samples = new Samples(text);
  assertThread(samples, { worker: "starter" }, stats.starter);
  let queued = 0;
  for (const [worker, thread] of stats.workers.entries()) {
    const { processor, run, heap } = thread;
    const labels: Labels = {
      worker: `${worker}`,
      ...processor === undefined ? {} : { processor: `${processor}` },
    };
    assertThread(samples, labels, thread);
    const value = (family: string, suffix = "", more: Labels = {}) =>
      samples.value(`kindred_${family}`, suffix, { ...labels, ...more });
    for (
      const outcome of [
        "done",
        "failed",
        "cancelled",
        "skipped",
        "lost",
      ] as const
    ) {
      assertEquals(value("tasks", "_total", { outcome }), run[outcome]);
    }
    assertEquals(value("tasks_started", "_total"), run.started);
    assertEquals(value("tasks_taken", "_total"), run.taken);
    assertEquals(value("tasks_running"), run.running);
    assertEquals(value("tasks_queued"), run.queued);
    assertEquals(value("heap_used_bytes"), heap.used);
    assertEquals(value("heap_max_bytes"), heap.max);
    samples.assertHistogram(
      "kindred_tasks_run_seconds",
      labels,
      thread.runTimes,
      TIMES,
    );
    queued += run.queued;
  }
  assertEquals(
    samples.value("kindred_unbound_tasks_queued", "", {}),
    stats.total.run.queued - queued,
  );
}

Deno.test("openMetrics() has what was counted, of each thread", () => {
  withClock((clock) => {
    const { starter, workers: [first, second], read } = newRuntime(2);
    const run = (time: number) => {
      const ticket = first!.started();
      clock.now += time;
      first!.done(ticket);
    };
    for (const time of [1, 1, 250, 5000, 4e6]) run(time);
    second!.failed(second!.started());
    second!.cancelled(second!.started());
    second!.started();
    const call = starter.called();
    clock.now += 3;
    starter.settled(call);
    starter.called();
    starter.frameOut(100);
    starter.wokenByMessage();
    for (const size of [1, 2, 3, 4, 7, 8, 15, 16, 1000, 2 ** 20]) {
      first!.bounded(size, 2 ** 20, 2e6);
    }
    assertEqual(openMetrics(read()), read());
    const stats = read(2, { processor: 5, injected: 3, maxHeap: 2 ** 26 });
    assertEqual(openMetrics(stats), stats);
    const samples = new Samples(openMetrics(stats));
    const worker = { worker: "0", processor: "5" };
    const bucket = (family: string, le: string) =>
      samples.value(family, "_bucket", { ...worker, le });
    const ran = (le: string) => bucket("kindred_tasks_run_seconds", le);
    assertEquals([ran("6.4e-08"), ran("0.000524288")], [0, 0]);
    assertEquals([ran("0.001048576"), ran("0.268435456")], [2, 3]);
    assertEquals([ran("1099.511627776"), ran("+Inf")], [4, 5]);
    assertEquals(bucket("kindred_batch_size_tasks", "1.0"), 1);
    assertEquals(bucket("kindred_batch_size_tasks", "3.0"), 3);
    assertEquals(bucket("kindred_batch_size_tasks", "15.0"), 7);
    assertEquals(bucket("kindred_batch_size_tasks", "+Inf"), 10);
    assertEquals(samples.value("kindred_unbound_tasks_queued", "", {}), 3);
    assertEquals(samples.value("kindred_heap_max_bytes", "", worker), 2 ** 26);
  });
});

Deno.test(
  "openMetrics() of a runtime equals its stats, and names the processors",
  { timeout: 60_000 },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(observed);
    for (let k = 0; k < 50; k++) await family.on(0).value();
    await family.on(0).fail().catch(() => {});
    const stats = runtime.stats();
    const text = openMetrics(stats);
    assertEqual(text, stats);
    const { pinned, processor } = runtime.report().workers[0]!;
    assertEquals(stats.workers[0]!.processor, pinned ? processor : undefined);
    assertEquals(
      new Samples(text).value("kindred_tasks", "_total", {
        worker: "0",
        ...pinned ? { processor: `${processor}` } : {},
        outcome: "done",
      }),
      50,
    );
  },
);

Deno.test(
  "Runtime.stats() names no processor of workers that are not pinned",
  { timeout: 60_000 },
  async () => {
    await using runtime = await Runtime.start({ workers: 1, pin: false });
    const { processor } = runtime.stats().workers[0]!;
    const [worker] = runtime.report().workers;
    assertEquals([processor, worker!.pinned], [undefined, false]);
    assertEquals(runtime.stats().toJSON().workers[0]!.processor, null);
  },
);

Deno.test("openMetrics() names types, units and every family once", () => {
  const text = openMetrics(newRuntime(3).read());
  const families = readOpenMetrics(text);
  for (const { name, unit, help } of families.values()) {
    assert(name.startsWith("kindred_"));
    assert(help!.length > 10);
    if (/_(seconds|bytes)$/.test(name)) {
      assertEquals(unit, name.split("_").at(-1));
    }
  }
  const typeOf = (name: string) => families.get(name)?.type;
  assertEquals(typeOf("kindred_tasks"), "counter");
  assertEquals(typeOf("kindred_tasks_queued"), "gauge");
  assertEquals(typeOf("kindred_tasks_run_seconds"), "histogram");
  assertEquals(families.get("kindred_tasks_run_seconds")!.unit, "seconds");
  assertEquals(families.get("kindred_mail_bytes")!.unit, "bytes");
  assertEquals(
    OPEN_METRICS_TYPE,
    "application/openmetrics-text; version=1.0.0; charset=utf-8",
  );
});

Deno.test("metricsOf() gives its labels to all metrics, so that runtimes can share a page", () => {
  const read = (runtime: string) =>
    metricsOf(newRuntime(2).read(), { runtime });
  const samples = new Samples(openMetrics([...read("a"), ...read("b")]));
  for (const runtime of ["a", "b"]) {
    const value = (labels: Labels) =>
      samples.value("kindred_calls", "_total", { runtime, ...labels });
    assertEquals([value({ worker: "1" }), value({ worker: "starter" })], [
      0,
      0,
    ]);
    assertEquals(
      samples.value("kindred_unbound_tasks_queued", "", { runtime }),
      0,
    );
  }
  assertThrows(() => openMetrics([...read("a"), ...read("a")]), TypeError);
});

function counter(metrics: Metric[], more: Partial<MetricFamily> = {}) {
  const head = { name: "n", type: "counter", help: "h" } as const;
  return openMetrics([{ ...head, ...more, metrics }]);
}

Deno.test("openMetrics() escapes labels and help, so that a reader has them as they were", () => {
  const unit = fc.constantFrom(
    ...'\\"\n\r\t\0{}=,# né\u2028😀',
    "\ud800",
    "\udc00",
  );
  fc.assert(fc.property(
    fc.string({ unit, minLength: 1 }),
    fc.string({ unit }),
    (value, help) => {
      const family = readOpenMetrics(
        counter([{ labels: { a: value, b: 1 }, value: 2 }], { help }),
      ).get("n")!;
      const { labels } = family.samples[0]!;
      assertEquals(labels, { a: value.toWellFormed(), b: "1" });
      assertEquals(family.help, help.toWellFormed());
    },
  ));
  const text = counter([{ labels: { a: 'x\n"\\\ud800' }, value: 2 }]);
  assertEquals(
    text,
    '# TYPE n counter\n# HELP n h\nn_total{a="x\\n\\"\\\\\ufffd"} 2\n# EOF\n',
  );
});

Deno.test("openMetrics() writes numbers that a reader has as they were", () => {
  fc.assert(fc.property(fc.double(), (value) => {
    const gauge = counter([{ value }], { type: "gauge" });
    assertEquals(readOpenMetrics(gauge).get("n")!.samples[0]!.value, value);
  }));
  fc.assert(fc.property(
    fc.double({ min: 0, noNaN: true }),
    (value) => {
      const text = canonical(value);
      const read = text === "+Inf" ? Infinity : Number(text);
      assertEquals(read, value === 0 ? 0 : value);
    },
  ));
  const bounds: Record<string, number> = {
    "0.0": 0,
    "0.001": 0.001,
    "1.0": 1,
    "1.7": 1.7,
    "10.0": 10,
    "1e-10": 1e-10,
    "1e-09": 1e-9,
    "1e-05": 1e-5,
    "0.0001": 1e-4,
    "100000.0": 1e5,
    "1e+06": 1e6,
    "1e+10": 1e10,
    "1.1e+23": 1.1e23,
    "+Inf": Infinity,
  };
  for (const [text, value] of Object.entries(bounds)) {
    assertEquals(canonical(value), text);
  }
});

Deno.test("openMetrics() leaves out labels that are empty", () => {
  assertEquals(
    counter([{ labels: { a: "", b: undefined }, value: 0 }]),
    "# TYPE n counter\n# HELP n h\nn_total 0\n# EOF\n",
  );
});

Deno.test("openMetrics() refuses what is no text of the standard", () => {
  const bad = (metric: unknown, more: Record<string, unknown> = {}) =>
    assertThrows(
      () => counter([metric as Metric], more as Partial<MetricFamily>),
      TypeError,
    );
  for (const name of ["", "1n", "a-b", "n_total", "n_bucket", "a b", 5]) {
    bad({ value: 1 }, { name });
  }
  for (const label of ["", "_a", "1a", "le", "a-b", 'a"']) {
    bad({ labels: { [label]: "x" }, value: 1 });
  }
  for (const value of [-1, NaN, Infinity, "1", undefined, null, 1n]) {
    bad({ value });
  }
  for (const value of ["1", undefined, {}]) bad({ value }, { type: "gauge" });
  bad({ value: 1 }, { type: "summary" });
  bad({ value: 1 }, { unit: "seconds" });
  const buckets = (...pairs: number[][]) => ({
    value: { buckets: pairs.map(([le, count]) => ({ le, count })), sum: 0 },
  });
  const type = "histogram";
  for (
    const value of [
      { value: 1 },
      buckets(),
      buckets([1, 1]),
      buckets([2, 1], [1, 2], [Infinity, 2]),
      buckets([1, 2], [Infinity, 1]),
      buckets([1, -1], [Infinity, 1]),
    ]
  ) {
    bad(value, { type });
  }
  assertEquals(
    counter([buckets([1, 1], [Infinity, 2]) as Metric], { type })
      .includes('n_bucket{le="1.0"} 1\n'),
    true,
  );
  const family: MetricFamily = {
    name: "n",
    type: "gauge",
    help: "h",
    metrics: [],
  };
  assertThrows(
    () => openMetrics([family, { ...family, type: "counter" }]),
    TypeError,
  );
  for (const from of [undefined, null, 5, {}]) {
    assertThrows(() => openMetrics(from as unknown as Stats), TypeError);
  }
});
