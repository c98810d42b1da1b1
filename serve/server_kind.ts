/**
 * What a kind of server, such as HTTP, is to the server of a worker.
 *
 * @module
 */

import type { Mutex } from "../sync/lock/mutex.ts";
import type { BoardPart } from "./board.ts";
import type { ServeContext } from "./context.ts";
import type { ListeningSocket } from "./listening_socket.ts";
import type { Spread } from "./server_report.ts";

/** An address to listen on. */
export type Address = Deno.NetAddr | Deno.UnixAddr;

/** Something that listens. */
export interface Listener {
  /** Where. */
  readonly addr: Address;
  /** Its socket, where that is known. */
  readonly socket?: ListeningSocket | undefined;
  /**
   * Settles with the reason when it accepts no more though nobody has told it to stop.
   * What it has accepted goes on.
   */
  readonly failed?: Promise<unknown>;
  /** Accepts no more. Resolves when nothing is under way. */
  stop(): Promise<void>;
  /** Cuts off what is under way. */
  abort(): void;
}

/** What an opened server works with. */
export interface Setting<A, C> {
  /** What it serves. */
  readonly app: A;
  /** What the kind of server was told. */
  readonly config: C;
  /** How connections get to the workers. */
  readonly spread: Spread;
  /** What the application is given. */
  readonly context: ServeContext<unknown>;
  /** What it counts, see `board.ts`. */
  readonly part: BoardPart;
  /** Whether it takes requests; becomes false as soon as it is to stop. */
  readonly isReady: () => boolean;
  /** To be held while a socket is opened: see `ListeningSocket.open()`. */
  readonly lock: Mutex;
  /** The port of the other workers; undefined: it is the first one. */
  readonly port: number | undefined;
  /** Runs something as this worker, where several workers share a thread. */
  readonly enter: (<R>(run: () => R) => R) | undefined;
}

/** One kind of server: HTTP, TCP. */
export interface ServerKind<A extends object, C> {
  /**
   * The application in an export.
   *
   * @throws {TypeError} If it is none.
   */
  appIn(exported: unknown, where: string): A;
  /** Begins to listen. */
  open(setting: Setting<A, C>): Listener | Promise<Listener>;
}
