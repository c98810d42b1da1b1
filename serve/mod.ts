/**
 * One server per core, with linked state.
 *
 * @module
 */

export {
  type App,
  type AppExport,
  type AppLife,
  type Handler,
  type HttpApp,
} from "./app.ts";
export { type RequestContext, type ServeContext } from "./context.ts";
export { serve } from "./serve.ts";
export {
  type ListenOptions,
  type ServeFamilies,
  type ServeOptions,
} from "./serve_options.ts";
export { type Server, type ServerShutdownOptions } from "./server.ts";
export { type ServerReport, type Spread } from "./server_report.ts";
export { serverMetrics } from "./server_metrics.ts";
export {
  type ServerStats,
  type ServingState,
  type WorkerServing,
} from "./server_stats.ts";
export { serveTcp, type ServeTcpOptions } from "./tcp/serve_tcp.ts";
export {
  type TcpApp,
  type TcpAppSource,
  type TcpConnection,
  type TcpHandler,
} from "./tcp/tcp_app.ts";

// Without an await: an application imports this module, too, and would wait for it.
if (import.meta.main) {
  import("./cli.ts").then(({ runCli }) => runCli(Deno.args)).then(Deno.exit);
}
