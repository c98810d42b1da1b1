/**
 * Whoever waits for the value of a task.
 *
 * @module
 */

import type { GroupRun } from "./value_group.ts";

/**
 * Resolves the promise of a task, or of the group that it belongs to. What rejects
 * a promise is not kept: {@linkcode Rejection} does it by what resolves it.
 */
export type Waiter<Value> =
  | ((value: Value | PromiseLike<Value>) => void)
  | GroupRun<Value>;

/** A value that rejects the promise that is resolved with it. */
export class Rejection implements PromiseLike<never> {
  readonly #reason: unknown;

  constructor(reason: unknown) {
    this.#reason = reason;
  }

  // deno-lint-ignore no-explicit-any -- the signature of PromiseLike
  then(_resolve: unknown, reject?: ((reason: any) => any) | null): never {
    return reject?.(this.#reason) as never;
  }
}

/** Rejects whoever waits. */
export function reject<Value>(waiter: Waiter<Value>, reason: unknown): void {
  if (typeof waiter !== "function") waiter.fail(reason);
  else waiter(new Rejection(reason));
}
