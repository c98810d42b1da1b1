/**
 * What references can refer to, for the compiler.
 *
 * @module
 */

import type { Sendable } from "../../codec/portable.ts";
import type { SharedHandle } from "../../sync/memory/handle.ts";

/**
 * What stands in a type in place of what other threads could not use where it is.
 *
 * @typeParam Why The reason, as the message at run time has it.
 */
export interface NotShared<Why extends string> {
  /** Why it is no data for a reference. */
  readonly "cannot be shared": Why;
}

/**
 * A type of data that a `LocalRef` can refer to: the type itself if all of it is in
 * shared memory or a constant, and else a type that says where and why not, to which
 * no value belongs.
 *
 * Refused are functions (and with them instances of most classes), views on memory of
 * one thread, ends of channels and rings, and symbols. What the compiler cannot see is
 * refused at run time: counted references, views that may be on either kind of memory
 * (`Uint8Array` without a parameter), instances of a class without public methods, and
 * what is in a value of type `unknown`, `any` or `object`.
 *
 * @example Usage
 * ```ts
 * import { LocalRef, SharedCounter } from "@kindred/kindred";
 * import { assertThrows } from "@std/assert";
 *
 * using ref = new LocalRef({ hits: new SharedCounter() }, { counted: true });
 * const own = { bytes: new Uint8Array(8) }; // on the heap of this thread
 * // @ts-expect-error Other threads cannot see them.
 * const make = () => new LocalRef(own, { counted: true });
 * assertThrows(make);
 * ```
 *
 * @typeParam T The type of the data.
 */
export type SharedData<T> = unknown extends T ? T // any and unknown
  : T extends undefined | null | boolean | number | string | bigint ? T
  : T extends symbol ? NotShared<"it is a symbol">
  : T extends (...args: never) => unknown ? NotShared<"it is a function">
  : T extends SharedArrayBuffer ? T
  : T extends ArrayBuffer | ArrayBufferView<ArrayBuffer>
    ? NotShared<"it is in memory of this thread only">
  : T extends ArrayBufferView ? T
  : T extends { readonly handle: SharedHandle }
    ? T extends Disposable ? NotShared<"it is an end that one thread has"> : T
  : T extends Sendable ? T
  : T extends Error ? NotShared<"it is an instance of a class">
  : { [K in keyof T]: SharedData<T[K]> };
