/**
 * Metrics in the text format that Prometheus and others scrape.
 *
 * @module
 */

import { textOf } from "./exposition.ts";
import type { MetricFamily } from "./metric_family.ts";
import { metricsOf } from "./runtime_metrics.ts";
import { Stats } from "./stats.ts";

/** The content type of what {@linkcode openMetrics} returns. */
export const OPEN_METRICS_TYPE: string =
  "application/openmetrics-text; version=1.0.0; charset=utf-8";

/**
 * Stats as OpenMetrics 1.0 text, as Prometheus scrapes it.
 *
 * Counts are those since the start of the runtime: give what `Runtime.stats()`
 * returns, and no difference of two. Buckets of histograms double in width, from
 * 64 ns to 18 minutes.
 *
 * @example A page for Prometheus
 * ```ts
 * import { OPEN_METRICS_TYPE, openMetrics, Runtime } from "@kindred/kindred";
 * import { assertMatch } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * await runtime.spawn(() => 5);
 *
 * function metrics(): Response {
 *   const headers = { "content-type": OPEN_METRICS_TYPE };
 *   return new Response(openMetrics(runtime.stats()), { headers });
 * }
 * const text = await metrics().text();
 * assertMatch(text, /^kindred_tasks_total\{worker="0".*outcome="done"\} 1$/m);
 * ```
 *
 * @param from Stats of a runtime, or families: those of {@linkcode metricsOf} with
 * others beside them.
 * @throws {TypeError} If it is neither, or the families cannot be written.
 */
export function openMetrics(from: Stats | Iterable<MetricFamily>): string {
  if (from instanceof Stats) return textOf(metricsOf(from));
  if (typeof from !== "object" || from === null || !(Symbol.iterator in from)) {
    throw new TypeError(
      `Cannot write metrics as they must be stats of a runtime or families of metrics: received ${
        from === null ? "null" : typeof from
      }`,
    );
  }
  return textOf(from);
}
