/**
 * Stats of queues as metrics.
 *
 * @module
 */

import { batchMetrics } from "../workers/stats/batch_metrics.ts";
import type { MetricFamily } from "../workers/stats/metric_family.ts";
import type { QueueStats } from "./queue_stats.ts";

const GAUGES: readonly {
  readonly name: string;
  readonly help: string;
  readonly read: (stats: QueueStats) => number;
}[] = [
  {
    name: "kindred_queue_held",
    help: "Places of a queue that are taken",
    read: ({ held }) => held,
  },
  {
    name: "kindred_queue_capacity",
    help: "Places that a queue has",
    read: ({ capacity }) => capacity,
  },
  {
    name: "kindred_queue_in_line",
    help: "Tasks that wait for a place",
    read: ({ inLine }) => inLine,
  },
  {
    name: "kindred_queue_processors_running",
    help: "Processors of a queue that run",
    read: ({ running }) => running,
  },
];

/**
 * Stats of queues as families of metrics, for `openMetrics()`: their places, what waits,
 * and their batches, with the name of the queue as the label `queue`.
 *
 * @example Usage
 * ```ts
 * import { openMetrics } from "@kindred/kindred";
 * import { queueMetrics, TaskQueue } from "@kindred/kindred/batching";
 * import { assertMatch } from "@std/assert";
 *
 * const squares = new TaskQueue<number, number>((batch) =>
 *   batch.bound().map((n) => n * n)
 * );
 * await squares.pushMany([1, 2, 3]);
 * const text = openMetrics(queueMetrics({ squares: squares.stats() }));
 * assertMatch(text, /^kindred_queue_batch_size_tasks_sum\{queue="squares"\} 3$/m);
 * ```
 *
 * @param queues What `stats()` of each queue returns, by name.
 */
export function queueMetrics(
  queues: Readonly<Record<string, QueueStats>>,
): MetricFamily[] {
  const named = Object.entries(queues).map(([queue, stats]) => ({
    labels: { queue },
    stats,
  }));
  return [
    ...GAUGES.map(({ name, help, read }): MetricFamily => ({
      name,
      type: "gauge",
      help,
      metrics: named.map(({ labels, stats }) => ({
        labels,
        value: read(stats),
      })),
    })),
    ...batchMetrics(
      "kindred_queue_batch",
      named.map(({ labels, stats: { batches } }) => ({ labels, batches })),
    ),
  ];
}
