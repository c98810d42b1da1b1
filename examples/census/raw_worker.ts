/**
 * A worker without a runtime: calls made by hand of `postMessage`.
 *
 * @module
 */

/** One worker that increments numbers. */
export class RawWorker implements Disposable {
  readonly #worker = new Worker(new URL("./echo_worker.ts", import.meta.url), {
    type: "module",
  });
  readonly #pending = new Map<number, (answer: number) => void>();
  #calls = 0;

  constructor() {
    this.#worker.onmessage = (
      { data: [call, answer] }: MessageEvent<[call: number, answer: number]>,
    ) => {
      this.#pending.get(call)?.(answer);
      this.#pending.delete(call);
    };
  }

  /** The next number, from the worker. */
  increment(x: number): Promise<number> {
    return new Promise((resolve) => {
      const call = this.#calls++;
      this.#pending.set(call, resolve);
      this.#worker.postMessage([call, x]);
    });
  }

  /** Ends the worker. */
  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}
