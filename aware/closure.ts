/**
 * Functions with data of their own that can be sent.
 *
 * @module
 */

import { type AnyFunction, functionCodec } from "../codec/function_values.ts";
import { KIND, registerPortable } from "../codec/portable_kind.ts";
import type { Portable, Sendable } from "../codec/portable.ts";
import { CorruptFrameError } from "../codec/reader.ts";
import { isThenable } from "../codec/thenable.ts";
import type { MemoryAffinity } from "./affinity.ts";
import { relocate } from "./relocate.ts";
import "./thread_aware.ts"; // so that data is told where it is
import { untoldCopy } from "./untold_copy.ts";

/**
 * A closure that can be called once: {@linkcode closureOnce}.
 *
 * @typeParam A The parameters, but for the data.
 * @typeParam R What it returns.
 */
export interface ClosureOnce<A extends unknown[] = [], R = unknown>
  extends Sendable {
  /**
   * Calls it.
   *
   * @throws {TypeError} If it was called before, and can be called only once.
   */
  (...args: A): R;
  /** A closure of the same function with a copy of the data. */
  clone(): ClosureOnce<A, R>;
  /** Tells the data that it lives elsewhere now. */
  relocated(source: MemoryAffinity, destination: MemoryAffinity): void;
}

/**
 * A closure that can be called again and again, and changes its data:
 * {@linkcode closureMut}. It can stand where a {@linkcode ClosureOnce} can.
 *
 * @typeParam A The parameters, but for the data.
 * @typeParam R What it returns.
 */
export interface ClosureMut<A extends unknown[] = [], R = unknown>
  extends ClosureOnce<A, R> {
  /** It can be called again and again. */
  readonly isRepeatable: true;
  /** A closure of the same function with a copy of the data. */
  clone(): ClosureMut<A, R>;
}

/**
 * A closure that can be called again and again, also while a call goes on:
 * {@linkcode closure}. It can stand where a {@linkcode ClosureMut} can.
 *
 * @typeParam A The parameters, but for the data.
 * @typeParam R What it returns.
 */
export interface Closure<A extends unknown[] = [], R = unknown>
  extends ClosureMut<A, R> {
  /** It does not change its data. */
  readonly isConstant: true;
  /** A closure of the same function with a copy of the data. */
  clone(): Closure<A, R>;
}

/** How often it can be called, and how: the same numbers on all threads. */
const CONSTANT = 0;
const MUTABLE = 1;
const ONCE = 2;
type Form = typeof CONSTANT | typeof MUTABLE | typeof ONCE;

interface State {
  readonly form: Form;
  readonly fn: AnyFunction;
  data: unknown;
  /** A call of one that changes its data goes on. */
  isBusy: boolean;
  /** It was called, and can be only once. */
  isSpent: boolean;
}

const STATES = new WeakMap<object, State>();

/**
 * A function with data of its own, that can be sent to other threads: there it has a
 * copy, which is told where it is. Here it is called like any function.
 *
 * The data is an argument rather than a captured variable, so that it can be seen, sent
 * and told. The function is portable: it is exported by its module with `portable()`, or
 * uses only its arguments and globals. It may be `async`.
 *
 * After `closure` of Rust's `thread_aware`.
 *
 * @example Usage
 * ```ts
 * import { closure, Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 *
 * const gross = closure(
 *   { rate: 0.25 },
 *   ({ rate }, net: number) => net * (1 + rate),
 * );
 * assertEquals(gross(100), 125);
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const there = await runtime.spawn(
 *   (price: typeof gross, net: number) => price(net),
 *   gross,
 *   200,
 * );
 * assertEquals(there, 250);
 * ```
 *
 * @typeParam D The data.
 * @typeParam A The other parameters.
 * @typeParam R What it returns.
 * @param data What it has: portable. It is not to change.
 * @param fn What it does.
 * @throws {TypeError} If `fn` is no function.
 */
export function closure<D, A extends unknown[], R>(
  data: D & Portable<D>,
  fn: (data: D, ...args: A) => R,
): Closure<A, R> {
  return make(CONSTANT, data, fn) as Closure<A, R>;
}

/**
 * As {@linkcode closure}, of a function that changes its data. A call while another goes
 * on is refused: one after the other, also if they are `async`.
 *
 * @example Clones count by themselves
 * ```ts
 * import { closureMut } from "@kindred/kindred/aware";
 * import { assertEquals } from "@std/assert";
 *
 * const next = closureMut({ last: 0 }, (data) => ++data.last);
 * next();
 * const other = next.clone();
 * assertEquals([next(), next(), other()], [2, 3, 2]);
 * ```
 *
 * @typeParam D The data.
 * @typeParam A The other parameters.
 * @typeParam R What it returns.
 * @throws {TypeError} If `fn` is no function.
 */
export function closureMut<D, A extends unknown[], R>(
  data: D & Portable<D>,
  fn: (data: D, ...args: A) => R,
): ClosureMut<A, R> {
  return make(MUTABLE, data, fn) as ClosureMut<A, R>;
}

/**
 * As {@linkcode closure}, of a function that uses its data up: it can be called once, and
 * lets go of the data then. A copy that was sent can be called once there.
 *
 * @example Usage
 * ```ts
 * import { closureOnce } from "@kindred/kindred/aware";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const finish = closureOnce(["a", "b"], (parts) => parts.join("-"));
 * assertEquals(finish(), "a-b");
 * assertThrows(finish, TypeError, "called before");
 * ```
 *
 * @typeParam D The data.
 * @typeParam A The other parameters.
 * @typeParam R What it returns.
 * @throws {TypeError} If `fn` is no function.
 */
export function closureOnce<D, A extends unknown[], R>(
  data: D & Portable<D>,
  fn: (data: D, ...args: A) => R,
): ClosureOnce<A, R> {
  return make(ONCE, data, fn) as ClosureOnce<A, R>;
}

/** Whether a function is a closure. */
export function isClosure(value: object): boolean {
  return STATES.has(value);
}

function make(form: Form, data: unknown, fn: AnyFunction): object {
  if (typeof fn !== "function") {
    throw new TypeError(
      `Cannot make closure as 'fn' must be a function: received ${
        fn === null ? "null" : typeof fn
      }`,
    );
  }
  const state: State = { form, fn, data, isBusy: false, isSpent: false };
  const call = form === CONSTANT
    ? (...args: unknown[]) => fn(state.data, ...args)
    : form === MUTABLE
    ? (...args: unknown[]) => callAlone(state, args)
    : (...args: unknown[]) => callOnce(state, args);
  STATES.set(call, state);
  return Object.defineProperties(call, {
    name: { value: fn.name, configurable: true },
    isRepeatable: { value: form !== ONCE },
    isConstant: { value: form === CONSTANT },
    clone: {
      value: () =>
        make(form, untoldCopy(usable(state), "data of the closure"), fn),
    },
    relocated: {
      value: (source: MemoryAffinity, destination: MemoryAffinity) => {
        state.data = relocate(state.data, source, destination);
      },
    },
  });
}

function callAlone(state: State, args: unknown[]): unknown {
  if (state.isBusy) {
    throw new TypeError(
      `Cannot call ${inQuotes(state)} as its last call goes on: await it first`,
    );
  }
  state.isBusy = true;
  let result: unknown;
  try {
    result = state.fn(state.data, ...args);
  } catch (error) {
    state.isBusy = false;
    throw error;
  }
  if (!isThenable(result)) {
    state.isBusy = false;
    return result;
  }
  const ended = () => void (state.isBusy = false);
  const promise = Promise.resolve(result);
  promise.then(ended, ended);
  return promise;
}

function callOnce(state: State, args: unknown[]): unknown {
  const data = usable(state);
  state.isSpent = true;
  state.data = undefined;
  return state.fn(data, ...args);
}

/** The data of a closure that can be called. */
function usable(state: State): unknown {
  if (!state.isSpent) return state.data;
  throw new TypeError(
    `Cannot call ${
      inQuotes(state)
    } as it was called before, and can be only once`,
  );
}

function inQuotes({ fn }: State): string {
  return fn.name === "" ? "closure" : `closure '${fn.name}'`;
}

type Sent = readonly [form: Form, fn: unknown, data: unknown];

registerPortable<object, Sent>({
  number: KIND.CLOSURE,
  is: (value): value is object =>
    typeof value === "function" && isClosure(value),
  refuse: (value) =>
    STATES.get(value)!.isSpent
      ? "is a closure that was called, and can be called only once"
      : undefined,
  encode: (value, out) => {
    const { form, fn, data } = STATES.get(value)!;
    out.tellSource();
    return [form, functionCodec().encode(fn, out), data];
  },
  decode: (sent, from) => {
    const [form, fn, data] = Array.isArray(sent) ? sent : [];
    if (form !== CONSTANT && form !== MUTABLE && form !== ONCE) {
      throw new CorruptFrameError(
        `Cannot decode closure as its form is unknown: received ${typeof form}`,
      );
    }
    return make(form, data, functionCodec().decode(fn, from));
  },
});
