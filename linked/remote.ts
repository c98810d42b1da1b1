/**
 * How the methods of an instance look from another thread.
 *
 * @module
 */

/** The names of the methods of a type. */
export type MethodName<T> = {
  // deno-lint-ignore no-explicit-any
  [K in keyof T]: T[K] extends (...args: any[]) => unknown ? K : never;
}[keyof T];

/**
 * One instance on some thread: its methods with their own parameters, and a
 * promise of what they return. A generic method is seen with the bounds of its
 * type parameters.
 */
export type Remote<T> = {
  readonly [K in MethodName<T>]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never;
};

/** All instances of a family: a method gives one result per worker, in order. */
export type RemoteAll<T> = {
  readonly [K in MethodName<T>]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>[]>
    : never;
};
