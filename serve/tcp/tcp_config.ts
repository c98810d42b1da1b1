/**
 * What the TCP servers of all workers are told.
 *
 * @module
 */

import type { ListenConfig } from "../listen_config.ts";

/** What the TCP servers of all workers are told; plain data. */
export interface TcpConfig extends ListenConfig {
  readonly maxConnections: number | undefined;
}
