/**
 * Workers that a test ends at any moment.
 *
 * @module
 */

import type { ThreadId } from "../../sync/mod.ts";
import { currentThread } from "../../sync/thread/thread.ts";
import type { Job, Outcome } from "./fixtures/introduce.ts";
import { endOfLife } from "./life.ts";
import { claimOther } from "./other_thread.ts";

/** What the task of such a worker says besides. */
export interface MortalTask {
  /** A lock that the worker holds while it lives: `holdForLife(life)`. */
  readonly life: string;
}

/** A worker with one task, which may be ended before it has done it. */
export class Mortal<R> implements Disposable {
  /** What the task returns; never, if the worker was ended before. */
  readonly done: Promise<R>;
  readonly #worker: Worker;
  readonly #record: { readonly id: ThreadId } & Disposable;
  readonly #life: string = crypto.randomUUID();

  /** Starts the worker. */
  constructor(fixture: string, task: object) {
    this.#record = claimOther();
    const { id } = this.#record;
    const url = new URL(`fixtures/${fixture}`, import.meta.url).href;
    const worker = this.#worker = new Worker(url, { type: "module" });
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    this.done = promise;
    promise.catch(() => {});
    worker.onmessage = ({ data }: MessageEvent<Outcome<R>>) => {
      if ("result" in data) resolve(data.result);
      else reject(new Error(data.error));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
    const job: Job<object & MortalTask> = {
      threads: currentThread().threads.handle,
      id,
      task: { ...task, life: this.#life },
    };
    worker.postMessage(job);
  }

  /** The thread of the worker. */
  get id(): ThreadId {
    return this.#record.id;
  }

  /** Ends the worker, and says that it is lost once it runs no more. */
  async lose(): Promise<void> {
    this.#worker.terminate();
    await endOfLife(this.#life);
    currentThread().threads.markLost(this.#record.id);
  }

  /** Ends the worker, too; its record is free. */
  [Symbol.dispose](): void {
    this.#worker.terminate();
    this.#record[Symbol.dispose]();
  }
}
