/**
 * What it takes to wake a worker that sleeps in its event loop, and to hear of it: a
 * notify there, and a word here that is looked at all the time.
 *
 * @module
 */

/** What the worker is told. */
export interface SleeperMessage {
  /** How often it was called. */
  readonly calls: Int32Array<SharedArrayBuffer>;
  /** How often it has heard of that. */
  readonly wakings: Int32Array<SharedArrayBuffer>;
  /** Where it runs; undefined: anywhere. */
  readonly processor: number | undefined;
}

/** A worker that sleeps. */
export class Sleeper implements Disposable {
  readonly #worker: Worker;
  readonly #message: SleeperMessage;

  private constructor(worker: Worker, message: SleeperMessage) {
    this.#worker = worker;
    this.#message = message;
  }

  /** Starts one. */
  static async start(processor: number | undefined): Promise<Sleeper> {
    const word = () => new Int32Array(new SharedArrayBuffer(128), 0, 1);
    const message = { calls: word(), wakings: word(), processor };
    const url = new URL("./sleeper_host.ts", import.meta.url);
    const worker = new Worker(url, { type: "module" });
    const { promise, resolve } = Promise.withResolvers<void>();
    worker.onmessage = () => resolve();
    worker.postMessage(message);
    await promise;
    return new Sleeper(worker, message);
  }

  /** How often it was woken. */
  get wakings(): number {
    return Atomics.load(this.#message.wakings, 0);
  }

  /** Wakes it, and waits until it says so. */
  wake(): void {
    const { calls, wakings } = this.#message;
    const call = Atomics.add(calls, 0, 1) + 1;
    Atomics.notify(calls, 0);
    while (Atomics.load(wakings, 0) !== call) Atomics.pause?.();
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}
