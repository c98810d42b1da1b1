/**
 * How a server's connections get to its workers.
 *
 * @module
 */

/**
 * How connections are spread over workers.
 *
 * - `kernel`: each worker has a socket of its own on the same address.
 * - `relay`: likewise, but by sockets of Node, which hand the bytes on within the worker.
 * - `single`: one worker has all of them.
 */
export type Spread = "kernel" | "relay" | "single";

/** How a server's connections get to its workers, and what that costs. */
export interface ServerReport {
  /** How they are spread. */
  readonly spread: Spread;
  /** The workers that listen. */
  readonly listening: readonly number[];
  /** What is missing or costs something, and what would help: sentences. */
  readonly notes: readonly string[];
}
