/**
 * Scopes: tasks that all have ended before whoever spawned them goes on.
 *
 * @module
 */

import type { AnyFunction } from "../functions/portable.ts";
import type { Deadline } from "../../sync/thread/timeout.ts";
import { isTimeout } from "../errors.ts";
import { nextTurn } from "../life/next_turn.ts";
import type { SpawnOptions } from "./spawn_options.ts";
import { Spawner } from "./spawner.ts";
import { TaskCall } from "./task_call.ts";
import type { TaskForm, TaskPort } from "./task_port.ts";

/** Options of `scope()`. */
export interface ScopeOptions {
  /** Cancels all tasks of the scope; it then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * What tasks of a scope are spawned with.
 *
 * After `std::thread::scope` of Rust
 * (https://doc.rust-lang.org/std/thread/fn.scope.html) and `TaskGroup` of Python
 * (https://docs.python.org/3/library/asyncio-task.html#task-groups).
 *
 * @example Usage
 * ```ts
 * import { Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const sum = await runtime.scope(async (scope) => {
 *   const one = scope.spawn((n: number) => n + 1, 0);
 *   const two = scope.spawn((n: number) => n + 1, 1);
 *   return await one + await two;
 * });
 * assertEquals(sum, 3);
 * ```
 */
export class Scope extends Spawner {
  readonly #port: ScopePort;

  /** Made by `scope()`. */
  constructor(port: ScopePort) {
    super(port);
    this.#port = port;
  }

  /**
   * Is aborted when the scope is to end before its time: something in it failed,
   * or its own signal was aborted.
   */
  get signal(): AbortSignal {
    return this.#port.signal;
  }

  /**
   * A scope within this one: it ends earlier, and it is cancelled with this one.
   * What fails in it concerns this one only if the promise that it gives does.
   */
  scope<R>(
    callback: (scope: Scope) => R,
    options: ScopeOptions = {},
  ): Promise<Awaited<R>> {
    return runScope(this.#port, callback, options);
  }
}

/**
 * Runs a callback with a scope, and waits until all that was spawned in it has
 * ended.
 */
export async function runScope<R>(
  port: TaskPort,
  callback: (scope: Scope) => R,
  { signal }: ScopeOptions = {},
): Promise<Awaited<R>> {
  if (typeof callback !== "function") {
    throw new TypeError(
      `Cannot open scope as 'callback' must be a function: received ${typeof callback}`,
    );
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(
      `Cannot open scope as 'signal' must be an AbortSignal: received ${
        signal === null ? "null" : typeof signal
      }`,
    );
  }
  const inner = new ScopePort(port);
  const outer = [signal, port instanceof ScopePort ? port.signal : undefined];
  const watched = outer.filter((one) => one !== undefined).map((one) => {
    const onAbort = () => inner.fail(one.reason);
    if (one.aborted) onAbort();
    else one.addEventListener("abort", onAbort, { once: true });
    return { one, onAbort };
  });
  let result: Awaited<R> | undefined;
  try {
    result = await callback(new Scope(inner));
  } catch (error) {
    inner.fail(error);
  }
  await inner.ended();
  for (const { one, onAbort } of watched) {
    one.removeEventListener("abort", onAbort);
  }
  inner.throwFailures();
  return result as Awaited<R>;
}

/** Sends the tasks of a scope, and knows what became of them. */
export class ScopePort implements TaskPort {
  readonly #port: TaskPort;
  readonly #open = new Set<TaskCall>();
  /** Those of them that are streams. */
  readonly #streams = new Set<TaskCall>();
  readonly #failures: unknown[] = [];
  readonly #controller = new AbortController();
  #cancelled: { readonly reason: unknown } | undefined;
  #isClosed = false;
  #empty: (() => void) | undefined;

  /** A scope of a runtime, or of another scope. */
  constructor(port: TaskPort) {
    // Each scope sees to its own tasks: those outside hear of it as a whole.
    this.#port = port instanceof ScopePort ? port.#port : port;
  }

  /** Is aborted when the scope is to end before its time. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get size(): number {
    return this.#port.size;
  }

  get takesBatches(): boolean {
    return this.#port.takesBatches;
  }

  spawn(
    fn: AnyFunction,
    args: readonly unknown[],
    options: SpawnOptions,
    form?: TaskForm,
  ): TaskCall {
    if (this.#isClosed || this.#cancelled !== undefined) {
      const call = new TaskCall(this.#port, fn, options);
      if (this.#isClosed) {
        call.reject(
          new TypeError(
            `Cannot start ${call.label} as its scope has ended: spawn before the callback of the scope ends, or await what spawns there`,
          ),
        );
      } else {
        call.cancel(this.#cancelled!.reason);
      }
      return call;
    }
    const call = this.#port.spawn(fn, args, options, form);
    this.#open.add(call);
    if (call.isStream) this.#streams.add(call);
    const settled = call.promise.then(
      () => {},
      (reason) => this.#taskFailed(call, reason),
    );
    call.over.then(() => settled).then(() => this.#taskEnded(call));
    return call;
  }

  isStarted(call: TaskCall): boolean {
    return this.#port.isStarted(call);
  }

  workerOf(call: TaskCall): number {
    return this.#port.workerOf(call);
  }

  expect(call: TaskCall, isAwaited: boolean): void {
    this.#port.expect(call, isAwaited);
  }

  withdraw(call: TaskCall, reason: unknown, how?: "return" | "throw"): void {
    this.#port.withdraw(call, reason, how);
  }

  join(call: TaskCall, deadline: Deadline): void {
    this.#port.join(call, deadline);
  }

  /** Something failed: the rest is cancelled. */
  fail(error: unknown): void {
    const { reason } = this.#cancelled ?? {};
    // The callback or a nested scope may hand on what the scope knows.
    const isKnown = this.#cancelled !== undefined &&
      (error === reason || this.#failures.includes(error));
    if (!isKnown) this.#failures.push(error);
    if (this.#cancelled !== undefined) return;
    this.#cancelled = { reason: scopeFailed(error) };
    this.#controller.abort(this.#cancelled.reason);
    for (const call of [...this.#open]) call.cancel(this.#cancelled.reason);
  }

  /** Resolves when all tasks have ended: none can be added any more. */
  async ended(): Promise<void> {
    while (this.#open.size > 0) {
      // Whether anybody reads them to their end is not known, so nobody waits for it.
      for (const call of this.#streams) call.cancel(notRead(call.label));
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#empty = resolve;
      await promise;
      // Reactions to the end of the last one may spawn others.
      await nextTurn();
    }
    this.#isClosed = true;
  }

  /** Throws the first failure, which holds the others. */
  throwFailures(): void {
    if (this.#failures.length === 0) return;
    const [first, ...others] = this.#failures;
    if (others.length > 0 && first instanceof Error) {
      const suppressed = (first as { suppressed?: unknown }).suppressed;
      const former = Array.isArray(suppressed) ? suppressed : [];
      try {
        (first as { suppressed?: unknown }).suppressed = [...former, ...others];
      } catch {
        // It is frozen.
      }
    }
    throw first;
  }

  #taskFailed(call: TaskCall, reason: unknown): void {
    if (this.#cancelled !== undefined && reason === this.#cancelled.reason) {
      return;
    }
    // Who cancels a task wants it so; a time that is up is another matter.
    if (call.state === "cancelled" && !isTimeout(reason)) return;
    this.fail(reason);
  }

  #taskEnded(call: TaskCall): void {
    this.#open.delete(call);
    this.#streams.delete(call);
    if (this.#open.size === 0) this.#empty?.();
  }
}

/** Why a stream of a scope ends that is open when the callback has ended. */
function notRead(label: string): DOMException {
  return new DOMException(
    `Cannot complete ${label} as its scope has ended: read it before the callback of the scope ends`,
    "AbortError",
  );
}

/** Why tasks of a scope are cancelled in which something failed. */
function scopeFailed(cause: unknown): unknown {
  const reason = new DOMException(
    "Cannot complete task as its scope was cancelled: something else in it failed",
    "AbortError",
  );
  Object.defineProperty(reason, "cause", { value: cause, configurable: true });
  return reason;
}
