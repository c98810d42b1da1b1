/**
 * Where the servers of workers listen.
 *
 * @module
 */

/** Where the servers of all workers listen; plain data. */
export interface ListenConfig {
  readonly hostname: string | undefined;
  /** Of a Unix socket. */
  readonly path: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}
