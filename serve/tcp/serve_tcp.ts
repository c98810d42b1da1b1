/**
 * TCP on all workers of a runtime.
 *
 * @module
 */

import { addressOf, type AppSource } from "../app_address.ts";
import { checkWhole } from "../check_options.ts";
import { launch } from "../launch.ts";
import type { ListenOptions } from "../serve_options.ts";
import type { Server } from "../server.ts";
import type { TcpAppSource } from "./tcp_app.ts";
import { tcpServer } from "./tcp_server.ts";

/**
 * Options of {@linkcode serveTcp}.
 *
 * @typeParam F The linked instances that the application uses, by name.
 */
export interface ServeTcpOptions<F> extends ListenOptions<F> {
  /**
   * How many connections a worker may have; others are closed at once. Default: any
   * number.
   */
  readonly maxConnections?: number;
}

/**
 * Starts one TCP server on each worker of a runtime: a connection is accepted and served
 * on one core, beside the linked instances of that worker.
 *
 * The application is told by where workers find it: see {@linkcode TcpAppSource}. It is a
 * function of a connection, or an object with a method `connection`. When what that
 * returns has settled, the connection is closed. With `cert` and `key` it is TLS.
 *
 * When the server stops, the signal of the context is aborted: a connection that may wait
 * for its next line should end then; those that are left at the deadline are cut.
 *
 * @example A service with a line protocol
 * ```ts
 * import { serveTcp } from "@kindred/kindred/serve";
 * import { assertEquals } from "@std/assert";
 * import { chat } from "../../examples/line_protocol/chat.ts";
 *
 * await using server = await serveTcp(
 *   new URL("../../examples/line_protocol/chat_app.ts", import.meta.url),
 *   { port: 0, hostname: "127.0.0.1", workers: 1, families: { chat } },
 * );
 * const { port } = server.addr as Deno.NetAddr;
 * using connection = await Deno.connect({ port });
 * const answer = new Uint8Array(64);
 * const length = await connection.read(answer);
 * assertEquals(new TextDecoder().decode(answer.subarray(0, length!)), "Your name?\n");
 * ```
 *
 * @typeParam F The linked instances that the application uses, by name.
 * @throws As `serve()`.
 */
export async function serveTcp<F = Record<never, never>>(
  app: TcpAppSource<F>,
  options: ServeTcpOptions<F> = {},
): Promise<Server> {
  const address = addressOf(app as AppSource, "serve");
  const { hostname, path, cert, key, maxConnections } = options;
  checkWhole("maxConnections", maxConnections, 1, Number.MAX_SAFE_INTEGER);
  return await launch({
    definition: tcpServer,
    app: address,
    options,
    config: { hostname, path, cert, key, maxConnections },
  });
}
