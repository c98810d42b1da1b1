/**
 * A server as the thread has it that started it.
 *
 * @module
 */

import type { Family } from "../linked/family.ts";
import { checkTimeout } from "../sync/thread/timeout.ts";
import { homeIn } from "../workers/local/current_home.ts";
import { within } from "../workers/life/within.ts";
import type { Owned } from "../workers/local/home.ts";
import type { Runtime } from "../workers/runtime/runtime.ts";
import type { App } from "./app.ts";
import { addressOf, type AppAddress, type AppSource } from "./app_address.ts";
import type { Board } from "./board.ts";
import { isGone, reasonOf } from "./failures.ts";
import { stopListening } from "./listening_socket.ts";
import type { Orders } from "./order.ts";
import type { Server, ServerShutdownOptions } from "./server.ts";
import type { Address } from "./server_kind.ts";
import type { ServerReport, Spread } from "./server_report.ts";
import { type ServerStats, statsOf } from "./server_stats.ts";
import { notesOn } from "./share_address.ts";
import { StallWatch } from "./stall_watch.ts";
import { StandIns } from "./stand_ins.ts";
import type { RemoteServer } from "./worker_server.ts";

/** So much longer than it was told to a worker may take to stop, in ms. */
const GRACE = 1000;

/** The longest time that a timer takes, in ms. */
const NEVER = 2 ** 31 - 1;

/** What a server is made of. */
export interface RunningServerParts {
  /** The runtime whose workers serve. */
  readonly runtime: Runtime;
  /** Whether it ends with the server. */
  readonly isOwn: boolean;
  /** The servers of the workers. */
  readonly family: Family<RemoteServer>;
  /** What they are to do. */
  readonly orders: Orders;
  /** What they say. */
  readonly board: Board;
  /** How connections get to them. */
  readonly spread: Spread;
  /** The path of a Unix socket. */
  readonly path: string | undefined;
  /** For how long what is under way may go on at the end, in ms. */
  readonly shutdownTimeout: number;
  /** How long a worker may let nothing else have its turn, in ms. */
  readonly stallTimeout: number;
  /** Whether workers are replaced whose heap is too large. */
  readonly hasMaxHeap: boolean;
}

/** A server on all workers of a runtime. */
export class RunningServer implements Server, Owned {
  readonly name: string = "server";
  readonly runtime: Runtime;
  readonly finished: Promise<void>;
  readonly #parts: RunningServerParts;
  readonly #stalls: StallWatch;
  readonly #standIns: StandIns;
  readonly #finished = Promise.withResolvers<void>();
  #addr: Address | undefined;
  #shutdown: Promise<void> | undefined;
  #restarting: Promise<void> = Promise.resolve();
  /** Keeps the program alive. */
  #alive: ReturnType<typeof setInterval> | undefined;
  #isOpen = false;
  #isOver = false;

  /** Does not listen yet. */
  constructor(parts: RunningServerParts) {
    this.#parts = parts;
    this.runtime = parts.runtime;
    this.finished = this.#finished.promise;
    this.finished.catch(() => {}); // who shuts it down is told, too
    homeIn(this.runtime, "serve").own(this);
    this.#stalls = new StallWatch({
      board: parts.board,
      size: () => this.runtime.size,
      timeout: parts.stallTimeout,
      onStall: (worker) => this.#giveUp(worker),
    });
    this.#standIns = new StandIns({
      board: parts.board,
      server: this,
      isAsked: parts.hasMaxHeap,
      reach: (worker) => parts.family.on(worker).listen(),
    });
    this.ref();
  }

  /** Lets each worker listen: the first one, and then the others on its port. */
  async open(): Promise<void> {
    const { family, orders } = this.#parts;
    const addr = await family.on(0).listen();
    this.#addr = addr!;
    orders.change({
      phase: "open",
      port: addr!.transport === "tcp" ? addr!.port : undefined,
    });
    await Promise.all(this.#others().map((k) => family.on(k).listen()));
    this.#isOpen = true;
  }

  /** Shuts down when a signal is aborted. */
  follow(signal: AbortSignal): void {
    const stop = () => {
      const options = this.#isOpen ? {} : { timeout: 0 };
      this.shutdown(options).catch(() => {}); // `finished` says it
    };
    signal.addEventListener("abort", stop, { once: true });
    const forget = () => signal.removeEventListener("abort", stop);
    this.finished.then(forget, forget);
  }

  get addr(): Address {
    return this.#addr!;
  }

  shutdown(options: ServerShutdownOptions = {}): Promise<void> {
    const { timeout = this.#parts.shutdownTimeout } = options;
    try {
      checkTimeout(timeout, "shut down server");
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#shutdown ??= this.#isOver
      ? this.finished // its runtime was closed
      : this.#shutDown(timeout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  restart(app?: App<never>): Promise<void> {
    let next: ReturnType<typeof addressOf> | undefined;
    try {
      if (app !== undefined) next = addressOf(app as AppSource, "restart");
    } catch (error) {
      return Promise.reject(error);
    }
    const restarted = this.#restarting.then(() => this.#restart(next));
    this.#restarting = restarted.catch(() => {});
    return restarted;
  }

  stats(): ServerStats {
    const { board } = this.#parts;
    return statsOf(
      Array.from({ length: this.runtime.size }, (_, k) => board.at(k).read(k)),
    );
  }

  report(): ServerReport {
    const { spread, path } = this.#parts;
    const hasThreads = this.runtime.report().mode === "threads";
    const { workers } = this.stats();
    const failed = workers.flatMap(({ worker, failure }) =>
      failure === undefined
        ? []
        : [`Worker ${worker} does not listen and tries again: ${failure}`]
    );
    return {
      spread,
      listening: workers.flatMap(({ worker, state }) =>
        state === "listening" ? [worker] : []
      ),
      notes: [...notesOn(spread, { path, hasThreads }), ...failed],
    };
  }

  ref(): void {
    if (this.#isOver) return;
    this.#alive ??= setInterval(() => {}, NEVER);
  }

  unref(): void {
    clearInterval(this.#alive);
    this.#alive = undefined;
  }

  /** The runtime is closed: its workers have stopped. */
  dispose(): void {
    this.#end();
  }

  /** @param next Default: the same. */
  async #restart(next: AppAddress | undefined): Promise<void> {
    this.#refuseIfShutDown();
    const { orders } = this.#parts;
    const former = orders.last.app;
    orders.change({ app: next ?? former });
    const touched: number[] = [];
    try {
      // It may be resized meanwhile.
      for (let worker = 0; worker < this.runtime.size; worker++) {
        touched.unshift(worker);
        await this.#renew(worker);
        this.#refuseIfShutDown();
      }
    } catch (error) {
      this.#refuseIfShutDown();
      orders.change({ app: former });
      // Also those that had the next one already.
      for (const worker of touched) await this.#renew(worker).catch(() => {});
      throw error;
    }
  }

  #refuseIfShutDown(): void {
    if (this.#shutdown === undefined && !this.#isOver) return;
    throw new Error("Cannot restart server as it was shut down");
  }

  /** A worker serves what it is told to serve now; a thread imports it anew. */
  async #renew(worker: number): Promise<void> {
    const { runtime, family, shutdownTimeout } = this.#parts;
    const server = family.on(worker);
    if (runtime.report().mode === "inline") return void await server.reopen();
    using _standIn = await this.#standIns.during(worker);
    await runtime.recycle(worker, { timeout: shutdownTimeout + GRACE });
    await server.listen();
  }

  /** A worker does nothing any more: what comes goes to others, and it is replaced. */
  #giveUp(worker: number): void {
    const { runtime } = this;
    const { board, stallTimeout } = this.#parts;
    if (runtime.report().workers[worker]?.state !== "running") return;
    this.#silence(worker);
    const why = `its event loop did not turn for ${stallTimeout} ms`;
    board.at(worker).say("failed", why);
    runtime.recycle(worker, { timeout: 0 }).catch(() => {}); // the runtime reports it
  }

  /** A worker that cannot do it by itself listens no more. */
  #silence(worker: number): void {
    const { descriptor } = this.#parts.board.at(worker);
    if (descriptor === undefined || this.#addr?.transport !== "tcp") return;
    stopListening(descriptor, this.#addr.port);
  }

  #others(): number[] {
    return Array.from({ length: this.runtime.size }, (_, k) => k).slice(1);
  }

  async #shutDown(timeout: number): Promise<void> {
    const { runtime, isOwn, family, orders } = this.#parts;
    orders.change({ phase: "closed" });
    const end = performance.now() + timeout + GRACE;
    const failures: unknown[] = [];
    const note = (error: unknown) => {
      failures.push(error);
    };
    const stops = [0, ...this.#others()].map((k) =>
      family.on(k).stop(timeout).catch((error) => {
        // What a worker had that is lost is gone; a closed runtime has stopped them all.
        if (isGone(error)) return;
        note(error);
      })
    );
    const areStopped = await within(Promise.all(stops), timeout + GRACE);
    if (isOwn) {
      // Handlers that were cut may have left tasks behind that never end.
      const left = Math.max(0, end - performance.now());
      await (areStopped
        ? runtime.close({ timeout: left })
        : runtime.terminate()).catch(note);
    } else if (!areStopped) {
      for (const worker of [0, ...this.#others()]) this.#silence(worker);
    }
    this.#end(failures);
    if (failures.length > 0) throw reasonOf(failures);
  }

  /** Nothing is under way any more. */
  #end(failures: readonly unknown[] = []): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { runtime, orders } = this.#parts;
    orders.close();
    this.#stalls[Symbol.dispose]();
    this.#standIns[Symbol.dispose]();
    try {
      homeIn(runtime, "end server").letGo(this);
    } catch {
      // The runtime is closed.
    }
    this.unref();
    if (failures.length === 0) this.#finished.resolve();
    else this.#finished.reject(reasonOf(failures));
  }
}
