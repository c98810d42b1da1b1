/**
 * Callbacks: functions of one thread that another one can call.
 *
 * @module
 */

import { NotHereError } from "../../codec/not_here_error.ts";
import { KIND, registerPortable } from "../../codec/portable_kind.ts";
import { CorruptFrameError } from "../../codec/reader.ts";
import type { Sendable } from "../../codec/portable.ts";

/** Options of {@linkcode callback}. */
export interface CallbackOptions {
  /**
   * Whether it can be called after the task or call has ended that it was given to:
   * until it is released. Default: false.
   */
  readonly keep?: boolean;
}

/**
 * A function that tasks and methods call on the thread that made it.
 *
 * @typeParam A The types of its parameters.
 * @typeParam R What a call resolves to.
 */
export interface Callback<A extends unknown[] = [], R = unknown>
  extends Sendable, Disposable {
  /** Calls it, in order with all other calls from there. */
  (...args: A): Promise<R>;
  /**
   * On the thread that made it: other threads cannot call it any more.
   */
  release(): void;
}

/** What a callback stands for. */
export interface CallbackSource {
  // deno-lint-ignore no-explicit-any
  readonly fn: (...args: any[]) => unknown;
  /** Whether it outlives what it is given to. */
  readonly keep: boolean;
  /** Whether nobody else may call it any more. */
  isReleased: boolean;
  /** What is to be done when it is released. */
  readonly onRelease: Set<() => void>;
}

/** Gives callbacks to another thread: a part of the context of a frame. */
export interface CallbackGiver {
  /** Notes that a callback is sent. Returns its number. */
  give(source: CallbackSource): number;
  /** It was not sent after all. */
  takeBack(id: number): void;
}

/** Gets callbacks from another thread: a part of the context of a frame. */
export interface CallbackGetter {
  /** What calls the callback with a number. */
  get(id: number): (...args: unknown[]) => Promise<unknown>;
}

/** The context of a frame, as far as callbacks are concerned. */
interface CallbackContext {
  readonly giver?: CallbackGiver;
  readonly getter?: CallbackGetter;
}

const sources = new WeakMap<object, CallbackSource>();
/** Those of other threads. */
const foreign = new WeakSet<object>();

/**
 * Makes a function an argument that a task or method can call: it runs on this
 * thread, with copies of the arguments, and the call there gives a promise of a copy
 * of what it returns.
 *
 * A call that is not awaited there, as of progress, makes nobody wait. If it fails,
 * that is an unhandled rejection here. A callback that is not an `async` function
 * runs also while this thread blocks in `join()`.
 *
 * It can be called until the task or call has ended that it was given to, and with
 * `keep` until it is released.
 *
 * @example Usage
 * ```ts
 * import { type Callback, callback, Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const seen: number[] = [];
 * const sum = await runtime.spawn(
 *   (end: number, progress: Callback<[number], void>) => {
 *     let sum = 0;
 *     for (let n = 1; n <= end; n++) {
 *       sum += n;
 *       progress(n);
 *     }
 *     return sum;
 *   },
 *   3,
 *   callback((n: number) => void seen.push(n)),
 * );
 * assertEquals(sum, 6);
 * assertEquals(seen, [1, 2, 3]);
 * ```
 *
 * @typeParam A The types of its parameters.
 * @typeParam R What it returns.
 * @throws {TypeError} If an argument is of another type.
 */
export function callback<A extends unknown[], R>(
  fn: (...args: A) => R,
  { keep = false }: CallbackOptions = {},
): Callback<A, Awaited<R>> {
  if (typeof fn !== "function") {
    throw new TypeError(
      `Cannot make callback as 'fn' must be a function: received ${
        fn === null ? "null" : typeof fn
      }`,
    );
  }
  if (typeof keep !== "boolean") {
    throw new TypeError(
      `Cannot make callback as 'keep' must be a boolean: received ${typeof keep}`,
    );
  }
  const source: CallbackSource = {
    fn,
    keep,
    isReleased: false,
    onRelease: new Set(),
  };
  const call = async (...args: A) => await fn(...args);
  const release = () => {
    source.isReleased = true;
    for (const tell of source.onRelease) tell();
    source.onRelease.clear();
  };
  sources.set(call, source);
  return describe(call, fn.name, release) as Callback<A, Awaited<R>>;
}

/** Makes what calls a callback of another thread look like one. */
export function foreignCallback(
  call: (...args: unknown[]) => Promise<unknown>,
): (...args: unknown[]) => Promise<unknown> {
  foreign.add(call);
  const refuse = () => {
    throw new TypeError(
      "Cannot release callback of another thread: release it on the thread that made it",
    );
  };
  return describe(call, "callback", refuse);
}

function describe<F extends object>(
  call: F,
  name: string,
  release: () => void,
): F {
  return Object.defineProperties(call, {
    name: { value: name, configurable: true },
    release: { value: release },
    [Symbol.dispose]: { value: release },
  });
}

registerPortable<object, number>({
  number: KIND.CALLBACK,
  is: (value): value is object => sources.has(value) || foreign.has(value),
  refuse: (value, out) => {
    if (foreign.has(value)) {
      return "is a callback of another thread, which only that one can send";
    }
    if (sources.get(value)!.isReleased) {
      return "is a callback that was released";
    }
    return (out.context as CallbackContext | undefined)?.giver === undefined
      ? "is a callback, which can only be an argument of a task or call"
      : undefined;
  },
  encode: (value, out) => {
    const giver = (out.context as CallbackContext).giver!;
    const id = giver.give(sources.get(value)!);
    out.whenDropped(() => giver.takeBack(id));
    return id;
  },
  decode: (id, from) => {
    const getter = (from.context as CallbackContext | undefined)?.getter;
    if (typeof id !== "number" || !Number.isInteger(id)) {
      throw new CorruptFrameError(
        `Cannot receive callback as its number is none: received ${typeof id}`,
      );
    }
    if (getter !== undefined) return getter.get(id);
    throw new NotHereError(
      "Cannot receive callback as nobody here can call it",
    );
  },
});
