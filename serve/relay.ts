/**
 * Sharing a port where Deno's own servers cannot: a socket of `node:net` on that port, which
 * each worker can have, hands the bytes of its connections on to a server that this worker
 * has on a port of its own, and back.
 *
 * @module
 */

import { connect, createServer, type Server, type Socket } from "node:net";
import { listenShared } from "./listen_shared.ts";

/** Where a relay listens, and to where it hands on. */
export interface RelayOptions {
  /** The port of all workers; 0: any that is free. */
  readonly port: number;
  /** The address to listen on. */
  readonly hostname: string | undefined;
  /** The address to hand on to. Default: the loopback address. */
  readonly host?: string;
  /** The port to hand on to, once it is known. */
  readonly to: number | Promise<number>;
  /** Is called for each connection. */
  readonly onConnection?: () => void;
}

/** A relay that listens. */
export class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Who connected, by the port from which the relay speaks for them. */
  readonly #remotes = new Map<number, Deno.NetAddr>();
  readonly #options: RelayOptions;
  #addr: Deno.NetAddr | undefined;

  private constructor(options: RelayOptions) {
    this.#options = options;
    this.#server = createServer(
      { allowHalfOpen: true, noDelay: true },
      (socket) => void this.#accept(socket),
    );
  }

  /** Listens. @throws If it cannot. */
  static async listen(options: RelayOptions): Promise<Relay> {
    const relay = new Relay(options);
    const { port, hostname } = options;
    relay.#addr = await listenShared(relay.#server, port, hostname);
    return relay;
  }

  /** Where it listens. */
  get addr(): Deno.NetAddr {
    return this.#addr!;
  }

  /** Who is behind a connection of the worker's own server. */
  remoteOf(addr: Deno.NetAddr): Deno.NetAddr {
    return this.#remotes.get(addr.port) ?? addr;
  }

  /** Accepts no more. What was accepted goes on. */
  stop(): void {
    this.#server.close();
  }

  /** Cuts all connections. */
  abort(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #accept(socket: Socket): Promise<void> {
    const { to, host = "127.0.0.1", onConnection } = this.#options;
    onConnection?.();
    const { remoteAddress: hostname = "", remotePort = 0 } = socket;
    const remote = { transport: "tcp", hostname, port: remotePort } as const;
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    const target = typeof to === "number" ? to : await to;
    if (socket.destroyed) return;
    const inner = connect({
      port: target,
      host,
      noDelay: true,
      allowHalfOpen: true,
    });
    let port: number | undefined;
    inner.once("connect", () => {
      // Before anything of it is handed on.
      port = inner.localPort;
      if (port !== undefined) {
        this.#remotes.set(port, remote);
      }
      socket.pipe(inner);
      inner.pipe(socket);
    });
    inner.on("error", () => socket.destroy());
    socket.once("close", () => inner.destroy());
    inner.once("close", () => {
      if (port !== undefined) this.#remotes.delete(port);
      if (!socket.writableFinished) socket.destroySoon();
    });
  }
}
