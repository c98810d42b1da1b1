/**
 * Rejections that nobody handles, kept from ending the test run.
 *
 * @module
 */

/** What is rejected on this thread and not handled, from when it is made. */
export class UnhandledRejections implements Disposable {
  /** Their reasons, in order. */
  readonly reasons: unknown[] = [];
  /** The reason of the first one. */
  readonly first: Promise<unknown>;
  readonly #listener: (event: PromiseRejectionEvent) => void;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.first = promise;
    this.#listener = (event) => {
      event.preventDefault();
      this.reasons.push(event.reason);
      resolve(event.reason);
    };
    globalThis.addEventListener("unhandledrejection", this.#listener);
  }

  [Symbol.dispose](): void {
    globalThis.removeEventListener("unhandledrejection", this.#listener);
  }
}
