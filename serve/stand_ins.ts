/**
 * Who accepts in place of workers that are replaced, where no other worker listens.
 *
 * A server that restarts has one before the worker stops. A worker whose heap is too large
 * asks for one, on the board, and goes on until it has an answer:
 *
 * ```
 * none -> asked             the worker, as it is about to stop
 * asked -> there, refused   the starting thread
 * asked -> none             the worker: nobody has answered in time
 * none -> there             the starting thread, as it restarts the server
 * any -> none               the next worker, as it begins
 * ```
 *
 * @module
 */

import { BEAT, type Board } from "./board.ts";
import type { Server } from "./server.ts";
import { StandIn } from "./stand_in.ts";

/** What stand-ins need to know. */
export interface StandInsOptions {
  /** Where workers ask. */
  readonly board: Board;
  /** What they are workers of. */
  readonly server: Server;
  /** Whether workers may ask. */
  readonly isAsked: boolean;
  /** Rejects if the runtime is about to close. */
  readonly reach: (worker: number) => Promise<unknown>;
}

/** Those of one server, on the thread that started it. */
export class StandIns implements Disposable {
  readonly #options: StandInsOptions;
  readonly #open = new Map<number, StandIn>();
  readonly #answering = new Set<number>();
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #isOver = false;

  /** There are none. */
  constructor(options: StandInsOptions) {
    this.#options = options;
    if (!options.isAsked) return;
    this.#timer = setInterval(() => this.#look(), BEAT);
    (this.#timer as unknown as { unref?(): void }).unref?.();
  }

  /**
   * A worker is about to be replaced: where only that one listens, somebody accepts in its
   * place until what this returns is disposed.
   */
  async during(worker: number): Promise<Disposable> {
    const part = this.#options.board.at(worker);
    const isThere = await this.#begin(worker);
    if (isThere) part.turnStandIn("none", "there");
    return {
      [Symbol.dispose]: () => {
        if (!isThere) return;
        part.turnStandIn("there", "none"); // the worker was not replaced
        this.#end(worker);
      },
    };
  }

  /** The server is over. */
  [Symbol.dispose](): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    for (const standIn of this.#open.values()) standIn.abort();
    this.#open.clear();
  }

  #look(): void {
    const { board, server: { runtime } } = this.#options;
    for (let worker = 0; worker < runtime.size; worker++) {
      const { standIn, state } = board.at(worker);
      if (standIn === "asked") this.#answer(worker);
      else if (standIn === "none" && this.#open.has(worker)) {
        // The next one listens, or cannot.
        if (state === "listening" || state === "failed") this.#end(worker);
      } else if (runtime.report().workers[worker]?.state === "failed") {
        this.#end(worker); // there is no next one
      }
    }
  }

  async #answer(worker: number): Promise<void> {
    if (this.#answering.has(worker)) return;
    this.#answering.add(worker);
    const { board, reach } = this.#options;
    const part = board.at(worker);
    try {
      await reach(worker);
      const isThere = await this.#begin(worker);
      const answer = isThere ? "there" : "refused";
      if (!part.turnStandIn("asked", answer) && isThere) this.#end(worker);
    } catch {
      // The runtime closes, or the port cannot be shared: it stops without one.
      part.turnStandIn("asked", "refused");
    } finally {
      this.#answering.delete(worker);
    }
  }

  /** Returns whether there is one. */
  async #begin(worker: number): Promise<boolean> {
    const { server } = this.#options;
    const { addr } = server;
    const { spread, listening: [only, ...others] } = server.report();
    if (spread === "single" || addr.transport !== "tcp") return false;
    if (only !== worker || others.length > 0) return false;
    const standIn = await StandIn.listen(addr as Deno.NetAddr);
    this.#open.get(worker)?.stop();
    if (this.#isOver) {
      standIn.abort();
      return false;
    }
    this.#open.set(worker, standIn);
    return true;
  }

  #end(worker: number): void {
    this.#open.get(worker)?.stop();
    this.#open.delete(worker);
  }
}
