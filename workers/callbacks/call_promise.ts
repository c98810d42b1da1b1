/**
 * Promises of what a callback returns.
 *
 * @module
 */

/**
 * A promise that knows whether somebody waits for it. What it gives to others are
 * promises of the usual kind.
 */
export class CallPromise extends Promise<unknown> {
  /** Whether somebody waits for it, or did. */
  isAwaited = false;
  /** Is called when somebody does so for the first time. */
  onAwaited: (() => void) | undefined;

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** The engine need not say that nobody handles it. */
  hush(): void {
    super.then(undefined, () => {});
  }

  // deno-lint-ignore no-explicit-any -- as in the class above
  override then<R = any, E = never>(
    onFulfilled?: ((value: unknown) => R | PromiseLike<R>) | null,
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    if (!this.isAwaited) {
      this.isAwaited = true;
      this.onAwaited?.();
    }
    return super.then(onFulfilled, onRejected);
  }
}
