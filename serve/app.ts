/**
 * Applications: what a server runs on each worker.
 *
 * @module
 */

import type { RequestContext, ServeContext } from "./context.ts";

/**
 * Answers a request, on the worker that accepted its connection.
 *
 * @typeParam F The linked instances that it uses, by name.
 */
export type Handler<F> = (
  request: Request,
  context: RequestContext<F>,
) => Response | Promise<Response>;

/**
 * What an application may have besides the function that does its work.
 *
 * @typeParam F The linked instances that it uses, by name.
 */
export interface AppLife<F> {
  /** Is called on each worker before that accepts anything. */
  start?(context: ServeContext<F>): unknown;
  /** Is called on each worker when nothing runs there any more. */
  stop?(context: ServeContext<F>): unknown;
}

/**
 * An application as a module exports it: any framework with a `fetch` is one.
 *
 * @typeParam F The linked instances that it uses, by name.
 */
export interface HttpApp<F> extends AppLife<F> {
  /** Answers a request. */
  fetch(
    request: Request,
    context: RequestContext<F>,
  ): Response | Promise<Response>;
  /** Answers a request whose handler threw. Default: it is printed, and answered by 500. */
  onError?(error: unknown): Response | Promise<Response>;
}

/** An export of a module. */
export interface AppExport {
  /** The module, by its absolute URL. */
  readonly module: URL | string;
  /** The name of the export. Default: `default`. */
  readonly export?: string;
}

/**
 * An application, told by where other threads find it: the URL of a module whose default
 * export it is, one of its other exports, or a function that was made by `portable()`.
 *
 * @typeParam F The linked instances that it uses, by name.
 */
export type App<F> = URL | string | AppExport | Handler<F>;
