/**
 * Sockets that listen, as a worker's server uses them.
 *
 * @module
 */

import { ListeningSocket } from "../listening_socket.ts";
import { freePath } from "../try_address.ts";
import type { Address, Setting } from "../server_kind.ts";
import type { TcpConnection } from "./tcp_app.ts";
import type { TcpConfig } from "./tcp_config.ts";

/** A socket that listens. */
export interface Acceptor {
  /** Where. */
  readonly addr: Address;
  /** As the system has it, where that is known. */
  readonly socket: ListeningSocket | undefined;
  /** Hands over each connection, until this is closed. To be called once. */
  accept(take: (connection: TcpConnection) => void): void;
  /** Accepts those that are there already, and listens no longer. */
  close(): Promise<void>;
}

/** For how long what keeps coming is still accepted at the end, in ms. */
const LONGEST_DRAIN = 100;
/** Nothing came for so long: nobody waits, in ms. */
const QUIET = 2;
/** Until it is tried again where the program has too many open files, in ms. */
const RETRY = 50;

/** Where a worker is to listen. */
export type Place = Pick<
  Setting<unknown, TcpConfig>,
  "config" | "port" | "spread" | "lock"
>;

/** Listens by a socket of Deno. */
export async function listen(place: Place): Promise<Acceptor> {
  const { spread, lock, port = 0 } = place;
  const { hostname, path, cert, key } = place.config;
  if (path !== undefined) {
    await freePath(path); // of a worker that was lost
    return new DenoAcceptor(Deno.listen({ transport: "unix", path }));
  }
  const options = {
    port,
    ...(hostname === undefined ? {} : { hostname }),
    // Without the flag that allows it, to say so would end the program.
    ...(spread === "kernel" ? { reusePort: true } : {}),
  };
  const { listener, socket } = ListeningSocket.open<Deno.Listener>(
    lock,
    port,
    () =>
      cert === undefined || key === undefined
        ? Deno.listen(options)
        : Deno.listenTls({ ...options, cert, key }),
  );
  return new DenoAcceptor(listener, socket);
}

class DenoAcceptor implements Acceptor {
  readonly addr: Address;
  readonly socket: ListeningSocket | undefined;
  readonly #listener: Deno.Listener;
  #accepting: Promise<void> | undefined;
  #isClosed = false;
  #accepted = 0;

  constructor(listener: Deno.Listener, socket?: ListeningSocket) {
    this.#listener = listener;
    this.socket = socket;
    this.addr = listener.addr as Address;
  }

  accept(take: (connection: TcpConnection) => void): void {
    this.#accepting = this.#accept(take);
  }

  async close(): Promise<void> {
    if (this.socket !== undefined) await this.socket.stop();
    else await this.#becomesQuiet();
    this.#isClosed = true;
    this.#listener.close();
    await this.#accepting;
  }

  /** The kernel resets what is left in the queue of a socket that is closed. */
  async #becomesQuiet(): Promise<void> {
    const end = performance.now() + LONGEST_DRAIN;
    let before: number;
    do {
      before = this.#accepted;
      await pause(QUIET);
    } while (this.#accepted !== before && performance.now() < end);
  }

  async #accept(take: (connection: TcpConnection) => void): Promise<void> {
    while (!this.#isClosed) {
      try {
        const connection = await this.#listener.accept();
        this.#accepted++;
        take(connection as TcpConnection);
      } catch {
        // Of one connection, or of all: that the socket fails for good is not to be expected.
        if (!this.#isClosed) await pause(RETRY);
      }
    }
  }
}

function pause(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time));
}
