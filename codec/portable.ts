/**
 * The types of portable values.
 *
 * @module
 */

import type { SharedHandle } from "../sync/memory/handle.ts";

/**
 * An instance of a class that the codec sends: by a registered kind, or since the class
 * is registered with `aware()`. The class says so with
 * `declare readonly "~sendable": true`, of which nothing is left at run time.
 *
 * @typeParam T What is sent of it, where that depends on the types that the class is
 * given: it can be sent if that can.
 */
export interface Sendable<T = true> {
  /** Never there at run time. */
  readonly "~sendable": T;
}

/**
 * What stands in a type in place of what cannot be sent: the compiler says it where
 * something of another type is given.
 *
 * @typeParam Why The reason, as the message at run time has it.
 */
export interface NotPortable<Why extends string> {
  /** Why it cannot be sent to another thread. */
  readonly "cannot be sent to another thread": Why;
}

/** Types whose values can be sent, whatever is in them. */
export type PortableLeaf =
  | undefined
  | null
  | boolean
  | number
  | string
  | bigint
  | void
  | Date
  | Error
  | ArrayBuffer
  | SharedArrayBuffer
  // A shared one; a module has nothing that the compiler could tell it by.
  | WebAssembly.Memory
  | ArrayBufferView
  | Sendable
  // Kindred's objects in shared memory.
  | { readonly handle: SharedHandle }
  // With move().
  | MessagePort
  | ReadableStream<unknown>
  | WritableStream<unknown>
  | TransformStream<unknown, unknown>;

/** Classes of the language whose instances cannot be sent. */
export type UnportableClass =
  // deno-lint-ignore no-explicit-any
  | WeakMap<any, any>
  // deno-lint-ignore no-explicit-any
  | WeakSet<any>
  // deno-lint-ignore no-explicit-any
  | WeakRef<any>
  | RegExp
  | URL
  | Iterator<unknown, unknown, never>
  | AsyncIterator<unknown, unknown, never>
  | AbortSignal;

/**
 * A type of values that can be sent to another thread: the type itself if all of its
 * values can, and else a type that says where and why not, to which no value belongs.
 *
 * Portable are JSON-like data, `undefined`, bigints, `Date`, typed arrays and buffers,
 * `Map`, `Set`, errors, `SharedArrayBuffer`, modules and shared memories of
 * WebAssembly, Kindred's own objects in shared memory, and what {@linkcode move}
 * takes, in arrays, tuples, interfaces and unions of any depth. Refused are functions (so interfaces with methods, and with them instances of
 * classes), symbols, promises, weak collections, iterators.
 *
 * What the compiler cannot see is refused at run time, with its path: what is in a
 * value of type `unknown`, `any` or `object`, and instances of a class that has no
 * public method. A type parameter is taken as its bound says.
 *
 * @example Usage
 * ```ts
 * import type { Portable } from "@kindred/kindred/codec";
 *
 * interface Job {
 *   readonly name: string;
 *   readonly parts: readonly Map<string, Float32Array>[];
 *   readonly due?: Date;
 * }
 * function send<T>(_value: T & Portable<T>): void {}
 *
 * const job: Job = { name: "count", parts: [new Map()] };
 * send(job);
 * const withFunction = { name: "count", onDone: () => {} };
 * // @ts-expect-error 'onDone' is a function.
 * send(withFunction);
 * ```
 *
 * @typeParam T The type that is to be portable.
 */
export type Portable<T> = unknown extends T ? T // any and unknown
  : T extends PortableLeaf ? T
  : T extends Sendable<infer S> ? IsPortable<S> extends true ? T
    : NotPortable<"what is in it cannot be sent">
  : T extends symbol ? NotPortable<"it is a symbol">
  : T extends (...args: never) => unknown ? NotPortable<"it is a function">
  : T extends abstract new (...args: never) => unknown
    ? NotPortable<"it is a class">
  : T extends PromiseLike<unknown>
    ? NotPortable<"it is a promise: await it first">
  : T extends readonly unknown[]
    ? number extends T["length"] ? PortableList<T[number]>
    : { [K in keyof T]: Portable<T[K]> }
  : T extends ReadonlyMap<infer K, infer V> ? PortableMap<K, V>
  : T extends ReadonlySet<infer V> ? PortableSet<V>
  : T extends UnportableClass ? NotPortable<"it is an instance of a class">
  : { [K in keyof T]: Portable<T[K]> };

// As interfaces, so that the compiler does not go into a type that contains itself
// before it has to.

/** An array of what can be sent: copied, so that it does not matter who may change it. */
export interface PortableList<T> extends ReadonlyArray<Portable<T>> {}

/** A `Map` of what can be sent. */
export interface PortableMap<K, V>
  extends ReadonlyMap<Portable<K>, Portable<V>> {}

/** A `Set` of what can be sent. */
export interface PortableSet<T> extends ReadonlySet<Portable<T>> {}

/** Whether all values of a type can be sent to another thread. */
export type IsPortable<T> = [T] extends [Portable<T>] ? true : false;

/**
 * The arguments of a call, if each of them can be sent: to be used where the types of
 * the parameters are known, as in `(fn: (...args: A) => R, ...args: PortableArguments<A>)`.
 *
 * @typeParam A The parameters.
 */
export type PortableArguments<A extends readonly unknown[]> = {
  [K in keyof A]: Portable<A[K]>;
};
