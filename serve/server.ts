/**
 * A server on all workers of a runtime, for the thread that started it.
 *
 * @module
 */

import type { Runtime } from "../workers/runtime/runtime.ts";
import type { App } from "./app.ts";
import type { ServerReport } from "./server_report.ts";
import type { ServerStats } from "./server_stats.ts";

/** How a server is to be shut down. */
export interface ServerShutdownOptions {
  /**
   * For how long what is under way may go on, in ms. Default: `shutdownTimeout` of the
   * server.
   */
  readonly timeout?: number;
}

/** A server on all workers of a runtime. */
export interface Server extends AsyncDisposable {
  /** Where it listens. */
  readonly addr: Deno.NetAddr | Deno.UnixAddr;
  /** Resolves when it has ended: nothing listens, and nothing is under way. */
  readonly finished: Promise<void>;
  /** The runtime whose workers serve. */
  readonly runtime: Runtime;
  /** Stops to accept, lets what is under way end, and lets go of the runtime if it is its own. */
  shutdown(options?: ServerShutdownOptions): Promise<void>;
  /**
   * Replaces the workers one after the other by new ones, which import the application
   * anew.
   *
   * @param app The next version. Default: the modules as they are now.
   */
  restart(app?: App<never>): Promise<void>;
  /** What its workers did so far. */
  stats(): ServerStats;
  /** How its connections get to workers. */
  report(): ServerReport;
  /** It keeps the program alive, as it does from the start. */
  ref(): void;
  /** It does not keep the program alive. */
  unref(): void;
}
