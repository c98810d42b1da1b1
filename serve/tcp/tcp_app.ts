/**
 * Applications of TCP: what a server runs for each connection.
 *
 * @module
 */

import type { AppExport, AppLife } from "../app.ts";
import type { ServeContext } from "../context.ts";

/** A connection: one of Deno, or what does the same. */
export type TcpConnection =
  & Pick<
    Deno.Conn<Deno.NetAddr | Deno.UnixAddr>,
    | "localAddr"
    | "remoteAddr"
    | "readable"
    | "writable"
    | "read"
    | "write"
    | "closeWrite"
    | "close"
  >
  & Disposable;

/**
 * Serves a connection, on the worker that accepted it. When what it returns has
 * settled, the connection is closed.
 *
 * @typeParam F The linked instances that it uses, by name.
 */
export type TcpHandler<F> = (
  connection: TcpConnection,
  context: ServeContext<F>,
) => unknown;

/**
 * An application as a module exports it.
 *
 * @typeParam F The linked instances that it uses, by name.
 */
export interface TcpApp<F> extends AppLife<F> {
  /** Serves a connection: see {@linkcode TcpHandler}. */
  connection(connection: TcpConnection, context: ServeContext<F>): unknown;
  /**
   * Is told what `connection` throws, but for connections that the other side has
   * broken. Default: it is printed.
   */
  onError?(error: unknown): void;
}

/**
 * An application, told by where other threads find it: the URL of a module whose default
 * export it is, one of its other exports, or a function that was made by `portable()`.
 *
 * @typeParam F The linked instances that it uses, by name.
 */
export type TcpAppSource<F> = URL | string | AppExport | TcpHandler<F>;
