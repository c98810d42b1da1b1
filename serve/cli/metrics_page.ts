/**
 * A page of metrics, for what watches the program.
 *
 * @module
 */

import {
  OPEN_METRICS_TYPE,
  openMetrics,
} from "../../workers/stats/open_metrics.ts";
import { metricsOf } from "../../workers/stats/runtime_metrics.ts";
import type { Server } from "../server.ts";
import { serverMetrics } from "../server_metrics.ts";

/**
 * Serves `/metrics` on this thread, until it is shut down.
 *
 * @throws {Error} If it cannot listen there.
 */
export function serveMetrics(
  server: Server,
  address: { readonly hostname: string; readonly port: number },
): Deno.HttpServer<Deno.NetAddr> {
  const headers = { "content-type": OPEN_METRICS_TYPE };
  const answer = (request: Request) => {
    if (new URL(request.url).pathname !== "/metrics") {
      return new Response("Not Found", { status: 404 });
    }
    const text = openMetrics([
      ...metricsOf(server.runtime.stats()),
      ...serverMetrics(server.stats()),
    ]);
    return new Response(text, { headers });
  };
  try {
    return Deno.serve({ ...address, onListen() {} }, answer);
  } catch (error) {
    throw new Error(
      `Cannot serve metrics on ${address.hostname}:${address.port}: ${
        (error as Error).message
      }`,
      { cause: error },
    );
  }
}
