/**
 * How functions for workers look to the compiler: what they take and give can be
 * sent.
 *
 * @module
 */

import type { IsPortable, NotPortable } from "../../codec/portable.ts";

/**
 * A function that runs on a worker, and whose result comes back. Where that cannot be
 * sent, no function is of this type, and the compiler says why.
 *
 * What it takes is seen to by `PortableArguments`.
 *
 * @example Usage
 * ```ts
 * import { Runtime } from "@kindred/kindred";
 * import { assertRejects } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * await assertRejects(
 *   // @ts-expect-error What it returns is a function.
 *   () => runtime.spawn(() => () => 1).then(),
 *   TypeError,
 *   "is a function",
 * );
 * ```
 *
 * @typeParam A The types of its parameters.
 * @typeParam R What it returns, or what a promise of it resolves to.
 */
export type SentFunction<A extends unknown[], R> =
  & ((...args: A) => R)
  & IfPortable<Awaited<R>, "what it returns cannot be sent to another thread">;

/**
 * A generator function that runs on a worker, and whose items come back.
 *
 * @typeParam A The types of its parameters.
 * @typeParam T What it yields.
 */
export type SentGenerator<A extends unknown[], T> =
  & ((
    ...args: A
  ) =>
    | AsyncIterable<T>
    | Iterable<T>
    | PromiseLike<AsyncIterable<T> | Iterable<T>>)
  & IfPortable<Awaited<T>, "what it yields cannot be sent to another thread">;

/**
 * A function that runs on a worker for each item of a source.
 *
 * @typeParam T The items.
 * @typeParam R What it returns, or what a promise of it resolves to.
 */
export type SentMapper<T, R> =
  & SentFunction<[item: T], R>
  & IfPortable<T, "its items cannot be sent to another thread">;

/** Nothing more is asked of a function if a type is portable. */
export type IfPortable<T, Why extends string> = IsPortable<T> extends true
  ? unknown
  : NotPortable<Why>;
