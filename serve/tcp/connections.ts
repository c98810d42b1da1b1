/**
 * The connections of a worker, from their beginning to their end.
 *
 * @module
 */

import { ACTIVE, CONNECTIONS, ERRORS, REFUSED } from "../board.ts";
import { printError } from "../print_error.ts";
import type { Setting } from "../server_kind.ts";
import type { TcpApp, TcpConnection } from "./tcp_app.ts";
import type { TcpConfig } from "./tcp_config.ts";

/** What a server needs to open. */
export type TcpSetting = Setting<TcpApp<unknown>, TcpConfig>;

/** For how long the other side is waited for after its handler is done, in ms. */
const LONGEST_GOODBYE = 500;

/** The connections of a worker. */
export class Connections {
  readonly #setting: TcpSetting;
  readonly #open = new Set<TcpConnection>();
  #emptied: PromiseWithResolvers<void> | undefined;

  /** None yet. */
  constructor(setting: TcpSetting) {
    this.#setting = setting;
  }

  /** Serves one, unless there are enough. */
  take(connection: TcpConnection): void {
    const { config: { maxConnections = Infinity }, part: { counts } } =
      this.#setting;
    counts[CONNECTIONS]!++;
    if (this.#open.size >= maxConnections) {
      counts[REFUSED]!++;
      connection.close();
      return;
    }
    counts[ACTIVE]!++;
    this.#open.add(connection);
    this.#serve(connection);
  }

  /** Resolves when there are none; no more may come. */
  async emptied(): Promise<void> {
    if (this.#open.size === 0) return;
    this.#emptied ??= Promise.withResolvers();
    await this.#emptied.promise;
  }

  /** Closes all. Who serves them finds it out when it reads or writes. */
  cut(): void {
    for (const connection of this.#open) {
      closeQuietly(connection);
      this.#forget(connection);
    }
  }

  async #serve(connection: TcpConnection): Promise<void> {
    const { app, context, enter } = this.#setting;
    try {
      const serve = () => app.connection(connection, context);
      await (enter === undefined ? serve() : enter(serve));
    } catch (error) {
      this.#failed(error, connection);
    }
    await sayGoodbye(connection);
    this.#forget(connection);
  }

  #forget(connection: TcpConnection): void {
    if (!this.#open.delete(connection)) return;
    this.#setting.part.counts[ACTIVE]!--;
    if (this.#open.size === 0) this.#emptied?.resolve();
  }

  async #failed(error: unknown, connection: TcpConnection): Promise<void> {
    if (isBroken(error) || !this.#open.has(connection)) return;
    const { app, part: { counts } } = this.#setting;
    counts[ERRORS]!++;
    if (app.onError === undefined) return printError(error);
    try {
      await app.onError(error);
    } catch (another) {
      printError(another);
    }
  }
}

/** What a connection throws when the other side has gone, or it was closed here. */
const BROKEN: ReadonlySet<string> = new Set<keyof typeof Deno.errors>([
  "BadResource",
  "BrokenPipe",
  "ConnectionAborted",
  "ConnectionReset",
  "Interrupted",
  "NotConnected",
  "TimedOut",
  "UnexpectedEof",
]);

function isBroken(error: unknown): boolean {
  return error instanceof Error && BROKEN.has(error.name);
}

/**
 * Ends a connection, so that what was written arrives. A socket that is closed while
 * something waits to be read there is reset, and the other side may lose what it has not
 * read yet: so this waits for the other side to end, too.
 */
async function sayGoodbye(connection: TcpConnection): Promise<void> {
  const timer = setTimeout(() => closeQuietly(connection), LONGEST_GOODBYE);
  try {
    await connection.closeWrite();
    const unread = new Uint8Array(4096);
    while (await connection.read(unread) !== null);
  } catch {
    // It is closed already, or the other side has gone.
  } finally {
    clearTimeout(timer);
    closeQuietly(connection);
  }
}

function closeQuietly(connection: TcpConnection): void {
  try {
    connection.close();
  } catch {
    // It was closed.
  }
}
