/**
 * Who accepts while the only worker of a server is replaced.
 *
 * @module
 */

import { Relay } from "./relay.ts";

/** How long it may take until a socket is closed, in ms. */
const TIME_TO_CLOSE = 50;

/** Where those that listen on all addresses are reached. */
const LOOPBACK: Readonly<Record<string, string>> = {
  "0.0.0.0": "127.0.0.1",
  "::": "::1",
};

/**
 * Listens on the port of a server for as long as no worker does. What connects meanwhile
 * waits, and is handed on when there is a worker again; those connections go through the
 * thread that started the server until they end.
 */
export class StandIn {
  readonly #relay: Relay;
  readonly #target: PromiseWithResolvers<number>;
  readonly #port: number;

  private constructor(
    relay: Relay,
    target: PromiseWithResolvers<number>,
    port: number,
  ) {
    this.#relay = relay;
    this.#target = target;
    this.#port = port;
  }

  /** Listens, beside the worker that is about to stop. */
  static async listen({ hostname, port }: Deno.NetAddr): Promise<StandIn> {
    const target = Promise.withResolvers<number>();
    const host = LOOPBACK[hostname] ?? hostname;
    const to = target.promise;
    const relay = await Relay.listen({ hostname, port, host, to });
    return new StandIn(relay, target, port);
  }

  /** There is no worker any more. What waits is cut. */
  abort(): void {
    this.#relay.abort();
  }

  /** There is a worker again. */
  stop(): void {
    this.#relay.stop();
    // Not into the queue of its own socket, which is about to be closed.
    setTimeout(() => this.#target.resolve(this.#port), TIME_TO_CLOSE);
  }
}
