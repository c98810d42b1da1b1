/**
 * Metric families: numbers with names, types and labels, as OpenMetrics has them.
 *
 * @module
 */

/** What one metric counted, and in which buckets. */
export interface HistogramValue {
  /** How many values are at most so large, the smallest bound first; the last bound is Infinity. */
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
  /** The sum of all values. */
  readonly sum: number;
}

/** What tells a metric apart from the others of its family. Undefined and "" are left out. */
export type MetricLabels = Readonly<
  Record<string, string | number | undefined>
>;

/** One metric of a {@linkcode MetricFamily}. */
export interface Metric {
  /** Its labels. Default: none. */
  readonly labels?: MetricLabels;
  /** How much it is. */
  readonly value: number | HistogramValue;
}

/**
 * Metrics of one name. `counter`: what only grows, until the program starts anew.
 * `gauge`: how much there is now. `histogram`: how many values lie in which range.
 *
 * @example Numbers of a program's own beside those of its runtime
 * ```ts
 * import { type MetricFamily, metricsOf, openMetrics, Runtime } from "@kindred/kindred";
 * import { assertStringIncludes } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const orders: MetricFamily = {
 *   name: "shop_orders",
 *   type: "counter",
 *   help: "Orders by country",
 *   metrics: [{ labels: { country: "pt" }, value: 12 }],
 * };
 * const text = openMetrics([...metricsOf(runtime.stats()), orders]);
 * assertStringIncludes(text, 'shop_orders_total{country="pt"} 12\n');
 * ```
 */
export interface MetricFamily {
  /** Letters, digits and `_`, with the unit at its end; without `_total`, which the text gets. */
  readonly name: string;
  /** What sort of numbers these are. */
  readonly type: "counter" | "gauge" | "histogram";
  /** The unit, in the plural: `seconds`, `bytes`. Default: none. */
  readonly unit?: string;
  /** What is counted, in a sentence. */
  readonly help: string;
  /** The metrics. */
  readonly metrics: readonly Metric[];
}
