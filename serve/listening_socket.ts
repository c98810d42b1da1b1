/**
 * The socket on which a worker listens, as the system has it: so that it can stop to listen
 * while its connections go on, and another thread can stop it.
 *
 * @module
 */

import { platform } from "../ffi/detect.ts";
import type { SocketCalls } from "../ffi/socket_calls.ts";
import type { Mutex } from "../sync/lock/mutex.ts";
import type { Address } from "./server_kind.ts";

/** So many turns of the event loop a socket has to accept all that wait. */
const MOST_TURNS = 200;

/** A socket that listens. */
export class ListeningSocket {
  /** Its number in this process. */
  readonly descriptor: number;
  readonly #calls: SocketCalls;

  private constructor(descriptor: number, calls: SocketCalls) {
    this.descriptor = descriptor;
    this.#calls = calls;
  }

  /**
   * Opens a listener, and finds its socket.
   *
   * @param lock Is held meanwhile: workers of one process have their sockets in one table.
   * @param port The port that it is to have; 0: any.
   * @returns What was opened; its socket is undefined where the system cannot be asked.
   */
  static open<L extends { readonly addr: Deno.Addr }>(
    lock: Mutex,
    port: number,
    open: () => L,
  ): { listener: L; socket: ListeningSocket | undefined } {
    const { sockets } = platform();
    if (sockets === undefined) return { listener: open(), socket: undefined };
    // What it guards is whole also if somebody failed, or was lost, in the middle.
    lock.lock({ evenIfPoisoned: true });
    try {
      const before = port === 0 ? [] : sockets.listeningOn(port);
      const listener = open();
      const address = listener.addr as Address;
      if (address.transport !== "tcp") return { listener, socket: undefined };
      const [descriptor, ...others] = sockets.listeningOn(address.port)
        .filter((each) => !before.includes(each));
      // Somebody else listens on that port, on another address.
      if (descriptor === undefined || others.length > 0) {
        return { listener, socket: undefined };
      }
      return { listener, socket: new ListeningSocket(descriptor, sockets) };
    } finally {
      lock.unlock();
    }
  }

  /**
   * Listens no more, as soon as all were accepted that wait.
   *
   * @param cut It is closed by somebody else: its number may be that of another one then.
   */
  async stop(cut?: AbortSignal): Promise<void> {
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      const waiting = this.#calls.waitingAt(this.descriptor);
      if (waiting === undefined) return; // it does so no more
      if (waiting === 0) break;
      await new Promise((next) => setTimeout(next, 0));
      if (cut?.aborted) return;
    }
    this.#calls.stopListening(this.descriptor);
  }
}

/** Lets the socket of a thread listen no more that does not do it by itself. */
export function stopListening(descriptor: number, port: number): void {
  const { sockets } = platform();
  if (sockets?.listeningOn(port).includes(descriptor)) {
    sockets.stopListening(descriptor);
  }
}
