/**
 * What a server counts, as metrics.
 *
 * @module
 */

import type {
  MetricFamily,
  MetricLabels,
} from "../workers/stats/metric_family.ts";
import type { ServerStats, WorkerServing } from "./server_stats.ts";

/** A family without its metrics, and how to read them. */
interface Row {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly read: (worker: WorkerServing) => number;
}

const ROWS: readonly Row[] = [
  {
    name: "kindred_server_listening",
    type: "gauge",
    help: "1 while the worker listens",
    read: ({ state }) => state === "listening" ? 1 : 0,
  },
  {
    name: "kindred_server_connections",
    type: "counter",
    help: "Connections that were accepted",
    read: ({ connections }) => connections,
  },
  {
    name: "kindred_server_requests",
    type: "counter",
    help: "Requests that handlers got",
    read: ({ requests }) => requests,
  },
  {
    name: "kindred_server_active",
    type: "gauge",
    help: "Requests, or connections, that are under way",
    read: ({ active }) => active,
  },
  {
    name: "kindred_server_refused",
    type: "counter",
    help: "Requests, or connections, that were refused",
    read: ({ refused }) => refused,
  },
  {
    name: "kindred_server_errors",
    type: "counter",
    help: "Handlers that threw",
    read: ({ errors }) => errors,
  },
];

/**
 * What a server counts as families of metrics, for `openMetrics()`: connections,
 * requests, what is under way, refused, and what threw, of each worker.
 *
 * @example A page for Prometheus
 * ```ts
 * import { metricsOf, OPEN_METRICS_TYPE, openMetrics } from "@kindred/kindred";
 * import { type Server, serverMetrics } from "@kindred/kindred/serve";
 *
 * export function metricsPage(server: Server): Response {
 *   const text = openMetrics([
 *     ...metricsOf(server.runtime.stats()),
 *     ...serverMetrics(server.stats()),
 *   ]);
 *   return new Response(text, { headers: { "content-type": OPEN_METRICS_TYPE } });
 * }
 * ```
 *
 * @param stats What `Server.stats()` returns.
 * @param labels Labels that all of its metrics get.
 */
export function serverMetrics(
  stats: ServerStats,
  labels: MetricLabels = {},
): MetricFamily[] {
  return ROWS.map(({ read, ...head }) => ({
    ...head,
    metrics: stats.workers.map((serving) => ({
      labels: { ...labels, worker: serving.worker },
      value: read(serving),
    })),
  }));
}
