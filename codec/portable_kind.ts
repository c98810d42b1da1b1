/**
 * Values that only a layer above knows how to send: families, callbacks, references to
 * what a worker owns. Each kind is registered with the codec.
 *
 * @module
 */

import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/**
 * How the values of one kind cross.
 *
 * Nothing is asked of a kind for numbers, texts, arrays, plain objects, collections
 * or bytes: only for what would be refused otherwise, functions too.
 *
 * @typeParam T The values.
 * @typeParam D What is sent instead of one: a portable value.
 */
export interface PortableKind<T extends object, D> {
  /** Which kind it is in a frame: the same on all threads. */
  readonly number: number;
  /** Whether a value is of this kind. */
  is(value: object): boolean;
  /**
   * Why a value cannot go where a frame goes, as `"is a callback: …"`; undefined if
   * it can. Not asked again before {@linkcode PortableKind.encode}.
   */
  refuse?(value: T, out: Writer): string | undefined;
  /**
   * What is sent instead of a value. It may depend on `out.context`; what it does
   * besides is undone by `out.whenDropped`, should the frame not be sent after all.
   */
  encode(value: T, out: Writer): D;
  /**
   * Makes the value on the other side, once for each time that it was sent, and at
   * once: what is not there yet cannot be awaited. The data is anything, as a damaged
   * frame may say of any value that it is one of this kind; it may also contain itself.
   * What this throws reaches whoever decodes, as it is.
   *
   * @throws {CorruptFrameError} If the data is not what `encode` gives.
   * @throws {NotHereError} If it means something that this thread does not have.
   * @throws What code of the program throws that makes the value.
   */
  decode(data: unknown, from: Reader): T;
}

// deno-lint-ignore no-explicit-any
type AnyKind = PortableKind<any, any>;

const KINDS: AnyKind[] = [];

/** The numbers of all kinds, so that no two are the same. */
export const KIND = {
  /** `Family`: by runtime and number. */
  FAMILY: 0,
  /** Callbacks. */
  CALLBACK: 1,
  /** References to what a worker owns. */
  LOCAL_REF: 2,
  /** Closures. */
  CLOSURE: 3,
  /** Handles of instances. */
  INSTANCE_HANDLE: 6,
  /** What gives handles of instances. */
  INSTANCE_PER_THREAD: 7,
  /** Values of which there is one for each core, node or process. */
  PER_AFFINITY: 8,
  /** Read-mostly values with a copy on each node. */
  REGION_CACHED: 9,
  /** Values of which each node has its own. */
  REGION_LOCAL: 10,
  /** Queues of batches in shared memory. */
  SHARED_QUEUE: 11,
} as const;

/**
 * Registers a kind. To be done while the module is loaded that has the class, on
 * every thread.
 *
 * @throws {RangeError} If there is another kind of that number.
 */
export function registerPortable<T extends object, D>(
  kind: PortableKind<T, D>,
): void {
  const { number } = kind;
  if (KINDS.some((known) => known.number === number)) {
    throw new RangeError(
      `Cannot register kind of values as its number is taken: received ${number}`,
    );
  }
  KINDS.push(kind);
}

/** The kind of a value; undefined if it is of none. */
export function kindOf(value: object): AnyKind | undefined {
  for (const kind of KINDS) if (kind.is(value)) return kind;
  return undefined;
}

/** The kind of a number in a frame. */
export function kindNumbered(number: number): AnyKind | undefined {
  return KINDS.find((kind) => kind.number === number);
}
