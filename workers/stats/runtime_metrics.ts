/**
 * Stats of a runtime as metrics.
 *
 * | metric family                    | type      | labels of a sample beside the thread |
 * | -------------------------------- | --------- | ------------------------------------ |
 * | `kindred_tasks_started`          | counter   |                                      |
 * | `kindred_tasks`                  | counter   | outcome: done, failed, cancelled, skipped, lost |
 * | `kindred_tasks_taken`            | counter   |                                      |
 * | `kindred_tasks_running`          | gauge     |                                      |
 * | `kindred_tasks_queued`           | gauge     |                                      |
 * | `kindred_unbound_tasks_queued`   | gauge     | of no thread                         |
 * | `kindred_tasks_run_seconds`      | histogram |                                      |
 * | `kindred_calls`                  | counter   |                                      |
 * | `kindred_calls_settled`          | counter   |                                      |
 * | `kindred_calls_latency_seconds`  | histogram |                                      |
 * | `kindred_mail_frames`            | counter   | direction: in, out                   |
 * | `kindred_mail_bytes`             | counter   | direction: in, out                   |
 * | `kindred_sleeps`                 | counter   |                                      |
 * | `kindred_wake_ups`               | counter   | by: message, word                    |
 * | `kindred_spins`                  | counter   | outcome: paid, in_vain               |
 * | `kindred_heap_used_bytes`        | gauge     | of workers, once they have looked    |
 * | `kindred_heap_max_bytes`         | gauge     | of workers, where there is a limit   |
 * | `kindred_batch_size_tasks`       | histogram |                                      |
 * | `kindred_batch_room_tasks`       | counter   |                                      |
 * | `kindred_batch_wait_seconds`     | histogram |                                      |
 *
 * A thread is `worker="0"` and so on, with `processor="4"` if it is pinned there,
 * or `worker="starter"`.
 *
 * @module
 */

import { batchMetrics } from "./batch_metrics.ts";
import type {
  HistogramValue,
  Metric,
  MetricFamily,
  MetricLabels,
} from "./metric_family.ts";
import { timesOf } from "./metric_histogram.ts";
import type { Stats } from "./stats.ts";
import type { ThreadStats } from "./thread_stats.ts";

/** A thread, and what its metrics are labelled with. */
interface Source {
  readonly thread: ThreadStats;
  readonly labels: MetricLabels;
}

/** A family without its metrics, and how to read them from a thread. A counter, unless it says what else. */
interface Row extends Partial<Pick<MetricFamily, "type" | "unit">> {
  readonly name: string;
  readonly help: string;
  /** Undefined: not known of this thread. */
  readonly read: (thread: ThreadStats) => number | HistogramValue | undefined;
}

/** The same of a family with a metric for each part of what a thread counts. */
interface PartedRow extends Omit<Row, "read"> {
  readonly label: string;
  readonly parts: (thread: ThreadStats) => Readonly<Record<string, number>>;
}

/** What workers do for others. */
const OF_WORKERS: readonly (Row | PartedRow)[] = [
  {
    name: "kindred_tasks_started",
    help: "Calls and tasks that started",
    read: ({ run }) => run.started,
  },
  {
    name: "kindred_tasks",
    help: "Calls and tasks that ended",
    label: "outcome",
    parts: ({ run: { done, failed, cancelled, skipped, lost } }) => ({
      done,
      failed,
      cancelled,
      skipped,
      lost,
    }),
  },
  {
    name: "kindred_tasks_taken",
    help: "Tasks taken from those that wait for any worker",
    read: ({ run }) => run.taken,
  },
  {
    name: "kindred_tasks_running",
    type: "gauge",
    help: "Calls and tasks that run",
    read: ({ run }) => run.running,
  },
  {
    name: "kindred_tasks_queued",
    type: "gauge",
    help: "Calls and tasks that wait for this worker",
    read: ({ run }) => run.queued,
  },
  {
    name: "kindred_tasks_run_seconds",
    type: "histogram",
    unit: "seconds",
    help: "How long calls and tasks ran",
    read: ({ runTimes }) => timesOf(runTimes),
  },
  {
    name: "kindred_heap_used_bytes",
    type: "gauge",
    unit: "bytes",
    help: "What the V8 heap of the worker holds",
    read: ({ heap }) => heap.used,
  },
  {
    name: "kindred_heap_max_bytes",
    type: "gauge",
    unit: "bytes",
    help: "What the V8 heap of the worker may hold",
    read: ({ heap }) => heap.max,
  },
];

/** What all threads do. */
const OF_ALL: readonly (Row | PartedRow)[] = [
  {
    name: "kindred_calls",
    help: "Calls and tasks that were made",
    read: ({ calls }) => calls.made,
  },
  {
    name: "kindred_calls_settled",
    help: "Calls and tasks that were answered",
    read: ({ calls }) => calls.settled,
  },
  {
    name: "kindred_calls_latency_seconds",
    type: "histogram",
    unit: "seconds",
    help: "How long answers took",
    read: ({ latencies }) => timesOf(latencies),
  },
  {
    name: "kindred_mail_frames",
    help: "Frames between threads",
    label: "direction",
    parts: ({ mail }) => ({ in: mail.framesIn, out: mail.framesOut }),
  },
  {
    name: "kindred_mail_bytes",
    unit: "bytes",
    help: "Content of frames between threads",
    label: "direction",
    parts: ({ mail }) => ({ in: mail.bytesIn, out: mail.bytesOut }),
  },
  {
    name: "kindred_sleeps",
    help: "Times that threads slept",
    read: ({ waits }) => waits.sleeps,
  },
  {
    name: "kindred_wake_ups",
    help: "Times that threads were woken",
    label: "by",
    parts: ({ waits }) => ({
      message: waits.wokenByMessage,
      word: waits.wokenByWord,
    }),
  },
  {
    name: "kindred_spins",
    help: "Times that threads waited awake, until mail came or in vain",
    label: "outcome",
    parts: ({ waits }) => ({
      paid: waits.spinsPaid,
      in_vain: waits.spinsInVain,
    }),
  },
];

/**
 * Stats of a runtime as families of metrics, for {@linkcode openMetrics}.
 *
 * @example Two runtimes on one page
 * ```ts
 * import { metricsOf, openMetrics, Runtime } from "@kindred/kindred";
 * import { assertStringIncludes } from "@std/assert";
 *
 * await using fast = await Runtime.start({ workers: 1 });
 * await using bulk = await Runtime.start({ workers: 1 });
 * const text = openMetrics([
 *   ...metricsOf(fast.stats(), { runtime: "fast" }),
 *   ...metricsOf(bulk.stats(), { runtime: "bulk" }),
 * ]);
 * assertStringIncludes(text, 'kindred_unbound_tasks_queued{runtime="bulk"} 0\n');
 * ```
 *
 * @param stats What `Runtime.stats()` returns.
 * @param labels Labels that all of its metrics get.
 */
export function metricsOf(
  stats: Stats,
  labels: MetricLabels = {},
): MetricFamily[] {
  const workers: Source[] = stats.workers.map((thread, worker) => ({
    thread,
    labels: { ...labels, worker, processor: thread.processor },
  }));
  const starter: Source = {
    thread: stats.starter,
    labels: { ...labels, worker: "starter" },
  };
  const all = [...workers, starter];
  let unbound = stats.total.run.queued;
  for (const { thread } of workers) unbound -= thread.run.queued;
  return [
    ...OF_WORKERS.map((row) => familyOf(row, workers)),
    {
      name: "kindred_unbound_tasks_queued",
      type: "gauge",
      help: "Tasks that wait until any worker is free",
      metrics: [{ labels, value: unbound }],
    },
    ...OF_ALL.map((row) => familyOf(row, all)),
    ...batchMetrics(
      "kindred_batch",
      all.map(({ thread: { batches }, labels }) => ({ batches, labels })),
    ),
  ];
}

function familyOf(
  row: Row | PartedRow,
  sources: readonly Source[],
): MetricFamily {
  const { name, type = "counter", unit, help } = row;
  const metrics = sources.flatMap((source) => metricsIn(row, source));
  return { name, type, ...unit === undefined ? {} : { unit }, help, metrics };
}

function metricsIn(
  row: Row | PartedRow,
  { thread, labels }: Source,
): Metric[] {
  if ("read" in row) {
    const value = row.read(thread);
    return value === undefined ? [] : [{ labels, value }];
  }
  return Object.entries(row.parts(thread)).map(([part, value]) => ({
    labels: { ...labels, [row.label]: part },
    value,
  }));
}
