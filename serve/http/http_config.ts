/**
 * What the HTTP servers of all workers are told.
 *
 * @module
 */

import type { ListenConfig } from "../listen_config.ts";

/** What the HTTP servers of all workers are told; plain data. */
export interface HttpConfig extends ListenConfig {
  readonly maxConcurrent: number | undefined;
  readonly maxBody: number | undefined;
  readonly health: string | undefined;
  readonly readiness: string | undefined;
}
