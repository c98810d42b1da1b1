/**
 * How a server is to be started.
 *
 * @module
 */

import type { Linked } from "../linked/definition.ts";
import type { LocalFamily } from "../linked/local_family.ts";
import type { Runtime } from "../workers/runtime/runtime.ts";

/**
 * Families, by the names under which an application gets its instances of them.
 *
 * @typeParam F These instances.
 */
export type ServeFamilies<F> = {
  readonly [K in keyof F]: F[K] extends object
    ? Linked<F[K]> | LocalFamily<F[K]>
    : never;
};

/**
 * What servers of all kinds are told.
 *
 * @typeParam F The linked instances that the application uses, by name.
 */
export interface ListenOptions<F> {
  /** The port; 0: any that is free. Default: 8000. */
  readonly port?: number;
  /** The address to listen on. Default: `0.0.0.0`, which is all of them. */
  readonly hostname?: string;
  /** The path of a Unix socket to listen on, in place of a port. */
  readonly path?: string;
  /** The certificate, in PEM format, with {@linkcode ListenOptions.key}: TLS. */
  readonly cert?: string;
  /** The private key, in PEM format. */
  readonly key?: string;
  /**
   * The runtime whose workers serve; it stays open when the server is closed. Default:
   * one of its own, which ends with the server.
   */
  readonly runtime?: Runtime;
  /** How many workers the server's own runtime has. Default: one on each core. */
  readonly workers?: number;
  /** Families to be linked; their instances are given to the application. */
  readonly families?: ServeFamilies<F>;
  /** Shuts the server down. */
  readonly signal?: AbortSignal;
  /** Is called once when all workers listen. */
  readonly onListen?: (addr: Deno.NetAddr | Deno.UnixAddr) => void;
  /**
   * For how long what is under way may go on when a worker stops, in ms; then its
   * connections are cut. Default: 10 000.
   */
  readonly shutdownTimeout?: number;
  /**
   * A worker on which nothing else got its turn for so long, in ms, as a handler loops or
   * blocks there, is given up and replaced; 500 at least, `Infinity`: none is. Where workers are no
   * threads, nobody could notice. Default: 30 000.
   */
  readonly stallTimeout?: number;
}

/**
 * Options of `serve()`.
 *
 * @typeParam F The linked instances that the application uses, by name.
 */
export interface ServeOptions<F> extends ListenOptions<F> {
  /**
   * How many requests a worker may have under way; others get 503 with `Retry-After`.
   * Default: any number.
   */
  readonly maxConcurrent?: number;
  /** How long the body of a request may be, in bytes; longer ones get 413. Default: any length. */
  readonly maxBody?: number;
  /** The path that says 200 while the process lives, such as `/health`. Default: none. */
  readonly health?: string;
  /** The path that says 200 while this worker takes requests, else 503. Default: none. */
  readonly readiness?: string;
}
