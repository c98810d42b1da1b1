/**
 * Sockets that listen by the interface of Node: several of them can share a port where
 * those of Deno are not allowed to.
 *
 * @module
 */

import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { listenShared } from "../listen_shared.ts";
import type { Address } from "../server_kind.ts";
import type { Acceptor, Place } from "./acceptor.ts";
import { NodeConnection } from "./node_connection.ts";
import type { TcpConnection } from "./tcp_app.ts";

/** Listens by a socket of Node, whose port others can share. */
export async function listenByNode(
  { config: { hostname, cert, key }, port = 0 }: Place,
): Promise<Acceptor> {
  const options = { allowHalfOpen: true, pauseOnConnect: true };
  const isTls = cert !== undefined && key !== undefined;
  const server = isTls
    ? createTlsServer({ ...options, cert, key })
    : createServer(options);
  const addr = await listenShared(server, port, hostname);
  return new NodeAcceptor(server, addr, isTls);
}

class NodeAcceptor implements Acceptor {
  readonly addr: Address;
  readonly socket = undefined;
  readonly #server: Server;
  readonly #event: "connection" | "secureConnection";

  constructor(server: Server, addr: Address, isTls: boolean) {
    this.addr = addr;
    this.#server = server;
    this.#event = isTls ? "secureConnection" : "connection";
  }

  accept(take: (connection: TcpConnection) => void): void {
    this.#server.on(this.#event, (socket: Socket) => {
      take(new NodeConnection(socket));
    });
  }

  /** It accepts whatever is there in each turn. */
  async close(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#server.close();
  }
}
