/**
 * What a handler is given with each request.
 *
 * @module
 */

import type { RuntimeFace } from "../../workers/runtime/runtime_face.ts";
import type { RequestContext, ServeContext } from "../context.ts";

/** Deno's own, whose properties are made when somebody reads them. */
type Info = Deno.ServeHandlerInfo<Deno.NetAddr | Deno.UnixAddr>;

/** One request: five stores, and nothing else until somebody asks. */
export class HttpRequestContext implements RequestContext<unknown> {
  readonly families: unknown;
  readonly runtime: RuntimeFace;
  readonly worker: number;
  readonly signal: AbortSignal;
  readonly #info: Info;

  /** Of a request that this worker got. */
  constructor(context: ServeContext<unknown>, info: Info) {
    this.families = context.families;
    this.runtime = context.runtime;
    this.worker = context.worker;
    this.signal = context.signal;
    this.#info = info;
  }

  get remoteAddr(): Deno.NetAddr | Deno.UnixAddr {
    return this.#info.remoteAddr;
  }

  get completed(): Promise<void> {
    return this.#info.completed;
  }
}
