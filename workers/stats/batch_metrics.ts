/**
 * Stats of batches as metrics.
 *
 * @module
 */

import type { BatchStats } from "./batch_stats.ts";
import type {
  HistogramValue,
  MetricFamily,
  MetricLabels,
} from "./metric_family.ts";
import { sizesOf, timesOf } from "./metric_histogram.ts";

/** Batches, and what their metrics are labelled with. */
export interface BatchSource {
  readonly batches: BatchStats;
  readonly labels: MetricLabels;
}

/** The batches of several threads, or of several queues. */
export function batchMetrics(
  prefix: string,
  sources: readonly BatchSource[],
): MetricFamily[] {
  const each = (value: (batches: BatchStats) => number | HistogramValue) =>
    sources.map(({ batches, labels }) => ({ labels, value: value(batches) }));
  return [
    {
      name: `${prefix}_size_tasks`,
      type: "histogram",
      unit: "tasks",
      help: "How large batches were",
      metrics: each(({ sizes }) => sizesOf(sizes)),
    },
    {
      name: `${prefix}_room_tasks`,
      type: "counter",
      unit: "tasks",
      help: "How many tasks these batches could have had",
      // The first batch of another thread may be counted, and not all of it yet.
      metrics: each(({ tasks, fill }) =>
        tasks === 0 ? 0 : Math.round(tasks / fill)
      ),
    },
    {
      name: `${prefix}_wait_seconds`,
      type: "histogram",
      unit: "seconds",
      help: "How long batches waited to be bounded",
      metrics: each(({ waits }) => timesOf(waits)),
    },
  ];
}
