/**
 * The server of one worker: an instance of a linked family, so that the runtime makes it
 * on each worker, also on those that come later, and ends it before the worker.
 *
 * @module
 */

import { inWords } from "../codec/in_words.ts";
import type { Family } from "../linked/family.ts";
import type { Mutex } from "../sync/lock/mutex.ts";
import type { SharedSlice } from "../sync/memory/memory.ts";
import type { WatchHandle } from "../sync/channel/watch_handle.ts";
import { hostingHere } from "../workers/host/hosting.ts";
import { within } from "../workers/life/within.ts";
import { currentHome, inHome } from "../workers/local/current_home.ts";
import type { Duty } from "../workers/local/duties.ts";
import type { Home } from "../workers/local/home.ts";
import type { RuntimeFace } from "../workers/runtime/runtime_face.ts";
import type { AppLife } from "./app.ts";
import { type AppAddress, importApp } from "./app_address.ts";
import { askForStandIn } from "./ask_stand_in.ts";
import { ACTIVE, Board, type BoardPart } from "./board.ts";
import type { ServeContext } from "./context.ts";
import { readOrder } from "./order.ts";
import { pulseOf } from "./pulse.ts";
import type { Address, Listener, ServerKind } from "./server_kind.ts";
import type { Spread } from "./server_report.ts";

/** What all servers of a family are told; it is sent to each worker. */
export interface ServerShared<C> {
  /** What the kind of server needs to know. */
  readonly config: C;
  /** The families whose instances the application uses. */
  readonly families: Readonly<Record<string, Family<object>>>;
  /** Where the servers say what they do. */
  readonly board: SharedSlice;
  /** For how many workers there is room on it. */
  readonly most: number;
  /** How connections get to them. */
  readonly spread: Spread;
  /** What they are to do. */
  readonly orders: WatchHandle;
  /** For how long what is under way may go on, in ms. */
  readonly shutdownTimeout: number;
  /** Whether workers are replaced whose heap is too large. */
  readonly hasMaxHeap: boolean;
  /** Is held while one of them opens its socket. */
  readonly lock: Mutex;
}

/** What the thread that started a server can tell its workers. */
export interface RemoteServer {
  /** Listens, where that worker is to; resolves with where. */
  listen(): Promise<Address | undefined>;
  /** Accepts no more, and ends when nothing is under way, or so many ms are over. */
  stop(timeout: number): Promise<void>;
  /** Serves what it is told to serve now. */
  reopen(): Promise<Address | undefined>;
}

/** How long it may take until connections are cut, in ms. */
const TIME_TO_CUT = 1000;

/** How long after a failure to listen, or of what listens, a worker tries again, in ms. */
const FIRST_RETRY = 100;
/** At most. */
const LONGEST_RETRY = 5000;

/** An application that has started. */
interface Served<A> {
  readonly app: A;
  readonly context: ServeContext<unknown>;
}

/** The server of one worker. */
export class WorkerServer<A extends object, C> implements Duty, RemoteServer {
  readonly name: string = "server";
  readonly #kind: ServerKind<A, C>;
  readonly #shared: ServerShared<C>;
  readonly #home: Home;
  readonly #board: Board;
  readonly #part: BoardPart;
  #stopper = new AbortController();
  /** Is rejected when nobody waits for its start any more. */
  #late = Promise.withResolvers<never>();
  #listening: Promise<Address | undefined> | undefined;
  /** The last one accepts; those before it have failed, and may have connections. */
  readonly #listeners = new Set<Listener>();
  /** What has started. */
  #served: Served<A> | undefined;
  #stopped: Promise<void> | undefined;
  #pulse: Disposable | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #nextRetry = FIRST_RETRY;
  #listensSince = -Infinity;

  /** Listens when it is told to; where the others do so already, at once. */
  constructor(kind: ServerKind<A, C>, shared: ServerShared<C>) {
    const home = currentHome();
    if (home?.worker === undefined) {
      throw new TypeError("Cannot serve here as this thread is no worker");
    }
    this.#kind = kind;
    this.#shared = shared;
    this.#home = home;
    this.#board = new Board(shared.board, shared.most);
    this.#part = this.#board.at(home.worker);
    this.#part.counts[ACTIVE] = 0; // of a thread that was lost
    this.#part.say("idle");
    this.#part.descriptor = undefined;
    this.#part.standIn = "none";
    home.duties.takeOn(this);
    if (this.#isToListen()) this.#listenLater(0);
  }

  /**
   * Imports the application, starts it, and listens, unless that was done. Where the others
   * listen already, a failure is not the end: it is tried again.
   *
   * @returns Where; undefined: another worker has all connections.
   * @throws {TypeError} If the application is none.
   * @throws What it throws at its start.
   */
  listen(): Promise<Address | undefined> {
    if (this.#listening !== undefined) return this.#listening;
    clearTimeout(this.#retry);
    const listening = this.#listen();
    this.#listening = listening;
    listening.catch((error) => {
      if (this.#listening !== listening) return;
      this.#listening = undefined;
      if (this.#stopped !== undefined) return;
      this.#part.say("failed", inWords(error));
      // Whoever has asked for it: what was to be tried later was given up for this.
      if (this.#isToListen()) this.#tryAgain();
    });
    return listening;
  }

  /**
   * Accepts no more, and ends when nothing is under way.
   *
   * @param timeout How long that may take, in ms; then it is cut off.
   */
  async stop(timeout: number): Promise<void> {
    await (this.#stopped ??= this.#stop(timeout));
  }

  /** It listens, or is not told to. */
  async begun(): Promise<void> {
    if (this.#isToListen()) await this.listen();
  }

  /** Ends it, as its worker ends. */
  async end(): Promise<void> {
    if (this.#stopped === undefined && this.#isToHaveStandIn()) {
      const { size } = this.#home.face as RuntimeFace;
      await askForStandIn(this.#board, this.#home.worker!, size);
    }
    await this.stop(this.#shared.shutdownTimeout);
  }

  /** Serves what it is told to serve now, in place of what it served before. */
  async reopen(): Promise<Address | undefined> {
    try {
      await this.stop(this.#shared.shutdownTimeout);
    } catch (error) {
      this.#home.note(this.name, error); // what the next one does is another matter
    }
    this.#stopped = undefined;
    this.#listening = undefined;
    this.#stopper = new AbortController();
    this.#late = Promise.withResolvers<never>();
    this.#home.duties.takeOn(this);
    return await this.listen();
  }

  /** Cuts off what is left: the time was up. */
  [Symbol.dispose](): void {
    clearTimeout(this.#retry);
    this.#pulse?.[Symbol.dispose]();
    this.#stopper.abort();
    for (const listener of this.#listeners) listener.abort();
  }

  /** It may be about to be replaced, and it has a port that can be shared. */
  #isToHaveStandIn(): boolean {
    const { hasMaxHeap, spread } = this.#shared;
    return hasMaxHeap && spread !== "single" && this.#isToListen();
  }

  #isToListen(): boolean {
    return readOrder(this.#shared.orders).phase === "open";
  }

  async #listen(): Promise<Address | undefined> {
    const { orders, spread } = this.#shared;
    if (spread === "single" && this.#home.worker !== 0) return undefined;
    const { app, port, phase } = readOrder(orders);
    if (phase === "closed") {
      throw new Error("Cannot listen as the server was shut down");
    }
    this.#part.say("starting");
    this.#served ??= await this.#start(app);
    this.#refuseIfStopped();
    const listener = await this.#open(this.#served, port);
    this.#listeners.add(listener);
    this.#refuseIfStopped();
    this.#pulse ??= pulseOf(this.#part);
    this.#listensSince = performance.now();
    this.#part.say("listening");
    this.#part.descriptor = listener.socket?.descriptor;
    listener.failed?.then((error) => this.#failed(listener, error));
    return listener.addr;
  }

  async #start(address: AppAddress): Promise<Served<A>> {
    const { promise: late } = this.#late;
    const app = this.#kind.appIn(
      await Promise.race([importApp(address), late]),
      `the export '${address.name}' of ${address.url}`,
    );
    const context: ServeContext<unknown> = {
      families: Object.fromEntries(
        Object.entries(this.#shared.families).map((
          [name, family],
        ) => [name, family.here]),
      ),
      runtime: this.#home.face as RuntimeFace,
      worker: this.#home.worker!,
      signal: this.#stopper.signal,
    };
    const { start } = app as AppLife<unknown>;
    if (start !== undefined) {
      await Promise.race([this.#enter(() => start.call(app, context)), late]);
    }
    return { app, context };
  }

  #open(
    { app, context }: Served<A>,
    port: number | undefined,
  ): Listener | Promise<Listener> {
    const { config, lock, spread } = this.#shared;
    return this.#kind.open({
      app,
      config,
      spread,
      context,
      part: this.#part,
      isReady: () => !context.signal.aborted,
      lock,
      port,
      enter: hostingHere() === undefined
        ? (run) => this.#enter(run)
        : undefined,
    });
  }

  /** What listened fails, as where too many files are open: listens anew, beside what goes on. */
  #failed(listener: Listener, error: unknown): void {
    if (this.#stopped !== undefined || !this.#listeners.has(listener)) return;
    if (!this.#isToListen()) return;
    this.#listening = undefined;
    this.#part.descriptor = undefined;
    this.#part.say("failed", inWords(error));
    const lasted = performance.now() - this.#listensSince;
    if (lasted > LONGEST_RETRY) this.#nextRetry = FIRST_RETRY;
    this.#tryAgain();
  }

  #refuseIfStopped(): void {
    if (this.#stopped === undefined) return;
    throw new Error("Cannot listen as the server was stopped meanwhile");
  }

  #enter<R>(run: () => R): R {
    return hostingHere() === undefined ? inHome(this.#home, run) : run();
  }

  /** Nobody waits for this worker to listen: it tries until it does, or is not to any more. */
  #listenLater(delay: number): void {
    // If it fails, that was said, and it is tried again.
    this.#retry = setTimeout(() => this.listen().catch(() => {}), delay);
  }

  #tryAgain(): void {
    this.#listenLater(this.#nextRetry);
    this.#nextRetry = Math.min(2 * this.#nextRetry, LONGEST_RETRY);
  }

  async #stop(timeout: number): Promise<void> {
    clearTimeout(this.#retry);
    const wasListening = this.#listening;
    this.#part.say("draining");
    this.#stopper.abort();
    const patience = Math.max(timeout, TIME_TO_CUT);
    if (wasListening !== undefined && !await within(wasListening, patience)) {
      this.#late.promise.catch(() => {}); // who listens has it
      this.#late.reject(
        new Error(
          `Cannot listen as the application did not start within ${patience} ms of the server's end`,
        ),
      );
      await wasListening.catch(() => {});
    }
    this.#part.descriptor = undefined;
    const listeners = [...this.#listeners];
    const stopped = Promise.allSettled(
      listeners.map((listener) => listener.stop()),
    );
    if (!await within(stopped, timeout)) {
      for (const listener of listeners) listener.abort();
      await within(stopped, TIME_TO_CUT);
    }
    this.#listeners.clear();
    try {
      await this.#stopApp(patience);
    } finally {
      this.#pulse?.[Symbol.dispose]();
      this.#pulse = undefined;
      this.#part.say("stopped");
      this.#home.duties.letGo(this);
    }
  }

  async #stopApp(patience: number): Promise<void> {
    const { app, context } = this.#served ?? {};
    this.#served = undefined;
    const { stop } = (app ?? {}) as AppLife<unknown>;
    if (stop === undefined) return;
    const ended = Promise.resolve(
      this.#enter(() => stop.call(app, context!)),
    );
    if (!await within(ended, patience)) {
      throw new Error(
        `Cannot wait for 'stop' of the application as it took longer than ${patience} ms`,
      );
    }
    await ended;
  }
}
