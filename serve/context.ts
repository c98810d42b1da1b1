/**
 * What applications are given.
 *
 * @module
 */

import type { RuntimeFace } from "../workers/runtime/runtime_face.ts";

/**
 * What an application is given on each worker.
 *
 * @typeParam F The linked instances that it uses, by name.
 */
export interface ServeContext<F> {
  /** The instances of this worker, of the families that the server was given. */
  readonly families: F;
  /** The runtime: for tasks on other workers. */
  readonly runtime: RuntimeFace;
  /** The index of this worker. */
  readonly worker: number;
  /** Is aborted when the server stops here: what has no end is to end then. */
  readonly signal: AbortSignal;
}

/**
 * What a handler is given with each request.
 *
 * @typeParam F The linked instances that it uses, by name.
 */
export interface RequestContext<F> extends ServeContext<F> {
  /** Who asks. */
  readonly remoteAddr: Deno.NetAddr | Deno.UnixAddr;
  /** Resolves when the response was sent; rejects if it could not be. */
  readonly completed: Promise<void>;
}
