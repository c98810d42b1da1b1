/**
 * How the methods of an instance look from another thread.
 *
 * @module
 */

/** The names of the methods of a type; those named by symbols are not offered. */
export type MethodName<T> = {
  [K in keyof T]-?: K extends string
    ? NonNullable<T[K]> extends (...args: never) => unknown ? K : never
    : never;
}[keyof T];

/**
 * One instance on some thread: its methods with their own parameters, and a
 * promise of what they return. A generic method is seen with the bounds of its
 * type parameters, an overloaded one with its last signature; rest parameters
 * must be of a mutable array type.
 */
export type Remote<T> = {
  readonly [K in MethodName<T>]: NonNullable<T[K]> extends
    (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>>
    : never;
};

/** All instances of a family: a method gives one result per worker, in order. */
export type RemoteAll<T> = {
  readonly [K in MethodName<T>]: NonNullable<T[K]> extends
    (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>[]>
    : never;
};
