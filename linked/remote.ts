/**
 * How the methods of an instance look from another thread.
 *
 * @module
 */

import type {
  IsPortable,
  NotPortable,
  PortableArguments,
} from "../codec/portable.ts";

/** The names of the methods of a type; those named by symbols are not offered. */
export type MethodName<T> = {
  [K in keyof T]-?: K extends string
    ? NonNullable<T[K]> extends (...args: never) => unknown ? K : never
    : never;
}[keyof T];

/**
 * A method as another thread can call it; not a method, but a type that says why, if
 * its arguments or its result cannot be sent.
 *
 * @typeParam A The parameters.
 * @typeParam R What it gives.
 * @typeParam P What a call gives.
 */
export type RemoteMethod<A extends unknown[], R, P> = [A] extends
  [PortableArguments<A>]
  ? IsPortable<Awaited<R>> extends true ? (...args: A) => P
  : NotPortable<"the result of the method">
  : NotPortable<"an argument of the method">;

/**
 * What a method yields that is a generator, async or not; never for another one.
 *
 * @typeParam R What the method returns.
 */
export type Yielded<R> = 0 extends (1 & R) ? never // any
  : R extends { readonly getReader: unknown } ? never // a ReadableStream is moved
  : R extends AsyncIterable<infer T> ? T
  : R extends Generator<infer T, unknown, never> ? T
  : never;

/**
 * One instance on some thread: its methods with their own parameters, and a
 * promise of what they return. A call of a generator gives an async iterable of what
 * it yields. A generic method is seen with the bounds of its type parameters, an overloaded one with its last signature; rest parameters
 * must be of a mutable array type. A method whose arguments or result cannot be
 * sent cannot be called.
 */
export type Remote<T> = {
  readonly [K in MethodName<T>]: NonNullable<T[K]> extends
    (...args: infer A) => infer R
    ? [Yielded<R>] extends [never] ? RemoteMethod<A, R, Promise<Awaited<R>>>
    : RemoteMethod<A, Yielded<R>, AsyncIterableIterator<Yielded<R>>>
    : never;
};

/**
 * All instances of a family: a method gives one result per worker, in order; a
 * generator one async iterable per worker.
 */
export type RemoteAll<T> = {
  readonly [K in MethodName<T>]: NonNullable<T[K]> extends
    (...args: infer A) => infer R
    ? [Yielded<R>] extends [never] ? RemoteMethod<A, R, Promise<Awaited<R>[]>>
    : RemoteMethod<A, Yielded<R>, AsyncIterableIterator<Yielded<R>>[]>
    : never;
};

/**
 * One instance, or all, whose methods are called without waiting: they return nothing,
 * so that it does not matter what the method gives. A generator cannot be called so.
 */
export type Forwarded<T> = {
  readonly [K in MethodName<T>]: NonNullable<T[K]> extends
    (...args: infer A) => infer R
    ? [Yielded<R>] extends [never]
      ? [A] extends [PortableArguments<A>] ? (...args: A) => void
      : NotPortable<"an argument of the method">
    : NotPortable<"the items of a generator that nobody reads">
    : never;
};
