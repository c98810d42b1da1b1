/**
 * Listening for HTTP on one worker.
 *
 * @module
 */

import { ListeningSocket } from "../listening_socket.ts";
import { CONNECTIONS, REQUESTS } from "../board.ts";
import { Relay } from "../relay.ts";
import { freePath } from "../try_address.ts";
import type { Address, Listener } from "../server_kind.ts";
import { errorHandlerOf, type Handle, type HttpSetting } from "./handling.ts";
import { Handling } from "./handling.ts";
import { type OpenSockets, trackSockets } from "./open_sockets.ts";

/** No request came for so long: those that were on their way are there, in ms. */
const QUIET = 50;
/** For how long requests that keep coming are waited for, in ms. */
const LONGEST_QUIET = 2000;
/** The same while others connect. */
const LONGEST_FAREWELL = 100;
/** No request came for so long: nobody is about to connect, in ms. */
const LULL = 2;
/** For how long that is waited for, in ms. */
const LONGEST_LULL = 200;

/** Where Deno's own server is to listen. */
type Where =
  & Partial<Omit<Deno.ServeTcpOptions & Deno.TlsCertifiedKeyPem, "signal">>
  & { path?: string };

/** Listens, and answers requests by the application. */
export async function openHttp(setting: HttpSetting): Promise<Listener> {
  const { spread, port = 0, config } = setting;
  const { hostname, path, cert, key } = config;
  if (path !== undefined) {
    await freePath(path); // of a worker that was lost
    return new HttpListener(setting, { path });
  }
  const tls = cert === undefined || key === undefined ? {} : { cert, key };
  if (spread === "relay") return await openRelay(setting, tls);
  return new HttpListener(setting, {
    port,
    ...(hostname === undefined ? {} : { hostname }),
    ...tls,
    // Without the flag that allows it, to say so would end the program.
    ...(spread === "kernel" ? { reusePort: true } : {}),
  });
}

/** Deno's own server. */
class HttpListener implements Listener {
  readonly addr: Address;
  readonly failed: Promise<unknown>;
  readonly #setting: HttpSetting;
  readonly #isRelayed: boolean;
  readonly #handling: Handling;
  readonly #server: Deno.HttpServer<Deno.Addr>;
  readonly #sockets: OpenSockets;
  readonly #cut = new AbortController();
  #socket: ListeningSocket | undefined;

  /** Listens. @param relayed Where only a relay knows it: what it makes of a handler. */
  constructor(
    setting: HttpSetting,
    where: Where,
    relayed?: (handle: Handle) => Handle,
  ) {
    this.#setting = setting;
    this.#isRelayed = relayed !== undefined;
    const sockets = this.#sockets = trackSockets();
    const handling = this.#handling = new Handling(setting, sockets);
    const open = () =>
      Deno.serve(
        {
          ...where,
          handler: (relayed?.(handling.handle) ??
            handling.handle) as Deno.ServeHandler,
          onError: errorHandlerOf(setting),
          onListen() {},
          signal: this.#cut.signal,
        } as Deno.ServeTcpOptions & { handler: Deno.ServeHandler },
      );
    let opened;
    try {
      opened = ListeningSocket.open(setting.lock, where.port ?? 0, open);
    } catch (error) {
      sockets.cut();
      throw error;
    }
    const { listener, socket } = opened;
    this.#server = listener;
    this.#socket = socket;
    this.addr = listener.addr as Address;
    // Rejects also if it is stopped by its number.
    this.failed = new Promise((resolve) => {
      listener.finished.catch((error) => {
        this.#socket = undefined; // that number may be another's now
        resolve(error);
      });
    });
  }

  get socket(): ListeningSocket | undefined {
    return this.#socket;
  }

  async stop(): Promise<void> {
    const socket = this.#socket;
    await socket?.stop(this.#cut.signal);
    this.#handling.isClosing = true;
    await this.#sockets.close();
    if (socket !== undefined || this.#isRelayed) {
      await this.#becomesQuiet(QUIET, LONGEST_QUIET);
    } else {
      await this.#becomesQuiet(QUIET, LONGEST_FAREWELL);
      await this.#becomesQuiet(LULL, LONGEST_LULL);
    }
    await this.#sockets.close(); // also of what connected meanwhile
    await this.#server.shutdown().finally(() => this.#sockets.cut());
  }

  /**
   * Lets clients know, and waits until they have understood: no request came for so long,
   * or that takes too long. Deno cuts connections on which a request is on its way.
   */
  async #becomesQuiet(quiet: number, longest: number): Promise<void> {
    const { counts } = this.#setting.part;
    const end = performance.now() + longest;
    for (let seen = -1; performance.now() < end;) {
      if (counts[REQUESTS] === seen || this.#cut.signal.aborted) break;
      seen = counts[REQUESTS]!;
      await new Promise((next) => setTimeout(next, quiet));
    }
  }

  abort(): void {
    this.#sockets.cut();
    this.#cut.abort();
  }
}

/** A server that only this worker's relay knows, and that relay. */
async function openRelay(setting: HttpSetting, tls: Where): Promise<Listener> {
  const { port = 0, config: { hostname } } = setting;
  let relay: Relay | undefined;
  const server = new HttpListener(
    setting,
    { ...tls, hostname: "127.0.0.1", port: 0 },
    (handle) => (request, info) =>
      handle(request, {
        get remoteAddr() {
          return relay!.remoteOf(info.remoteAddr as Deno.NetAddr);
        },
        get completed() {
          return info.completed;
        },
      }),
  );
  try {
    const to = (server.addr as Deno.NetAddr).port;
    const onConnection = () => {
      setting.part.counts[CONNECTIONS]!++;
    };
    relay = await Relay.listen({ port, hostname, to, onConnection });
  } catch (error) {
    server.abort();
    throw error;
  }
  const { addr } = relay;
  return {
    addr,
    failed: server.failed.then((error) => {
      relay.stop();
      return error;
    }),
    async stop() {
      relay.stop();
      await server.stop();
    },
    abort() {
      server.abort();
      relay.abort();
    },
  };
}
