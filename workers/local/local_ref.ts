/**
 * References to shared memory that one thread of a runtime owns.
 *
 * @module
 */

import { registerPortable } from "../../codec/portable_kind.ts";
import { Attachment, attachmentTo } from "./attachment.ts";
import { currentHome } from "./current_home.ts";
import { enterAsGuest } from "./guest.ts";
import { attachedData } from "./known_data.ts";
import { dataIn, type LocalRefHandle } from "./local_ref_handle.ts";
import { localRefKind } from "./local_ref_kind.ts";
import type { LocalRefOptions } from "./local_ref_options.ts";
import { ownData } from "./own_data.ts";
import { keyOf, type ReferenceData } from "./reference_data.ts";
import type { SharedData } from "./shared_data.ts";

let dataOf: (ref: LocalRef<object>) => ReferenceData | undefined;

/**
 * A reference to data in shared memory that one thread of a runtime owns, and all
 * others can use.
 *
 * The data are Kindred's objects, SharedArrayBuffers and views on them, alone or in
 * arrays and plain objects, beside numbers, texts and other constants: the compiler
 * refuses what it can see to be nothing of this ({@linkcode SharedData}). A reference
 * is sent in calls and results; {@linkcode LocalRef.get} gives the data there, in
 * the same memory: the same object each time on one thread.
 *
 * It is valid until all threads of the runtime have met in `close()`, with no task
 * left; after that, using it throws a `RuntimeClosedError`. So a task can use the
 * data of any worker without asking, also after an `await` and while it blocks.
 *
 * If its owner is lost, its memory stays as it is, and `isOwnerLost` tells. Locks in
 * it that the owner held throw a `LockPoisonedError` to the next one that locks
 * them. Its disposer does not run.
 *
 * After `LocalRef` of Rust's `async-local`
 * (https://docs.rs/async-local).
 *
 * @example Usage
 * ```ts
 * import { currentTask, LocalRef, Runtime, SharedCounter } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const ref = new LocalRef({
 *   hits: new SharedCounter(),
 *   samples: new Float64Array(new SharedArrayBuffer(80)),
 * });
 * await runtime.spawn((there: typeof ref) => {
 *   const { hits, samples } = there.get();
 *   samples[hits.add(1)] = 0.5;
 * }, ref);
 * assertEquals(ref.get().hits.value, 1);
 * assertEquals(ref.get().samples[0], 0.5);
 * ```
 *
 * @example Counted: disposed after the last reference, without waiting for the end
 * ```ts
 * import { LocalRef, SharedCounter } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 *
 * const { promise, resolve } = Promise.withResolvers<number>();
 * {
 *   using ref = new LocalRef(new SharedCounter(5), {
 *     counted: true,
 *     dispose: (counter) => resolve(counter.value),
 *   });
 *   using other = ref.clone();
 *   other.get().add(1);
 * }
 * assertEquals(await promise, 6);
 * ```
 *
 * @typeParam T The type of the data.
 */
export class LocalRef<T extends object> implements Disposable {
  /** Only for the compiler: references can be sent. */
  declare readonly "~sendable": true;
  readonly #data: ReferenceData;
  /** What is due when it is released. */
  #end: (() => void) | undefined;
  /** Of a guest: what gives that to one more. */
  readonly #share: (() => () => void) | undefined;
  #isReleased = false;

  static {
    dataOf = (ref) => ref.#isReleased ? undefined : ref.#data;
  }

  /**
   * Refers to data, which this thread of a runtime owns from now on.
   *
   * A counted reference may also be made outside of a runtime: there the data is
   * disposed after the last reference only.
   *
   * @throws {TypeError} If some of the data is not in shared memory, or an option is
   * of another type; if it is not counted, also if this thread belongs to no
   * runtime, or has started several.
   * @throws {RuntimeClosedError} When the runtime is closed.
   */
  constructor(data: T & SharedData<T>, options: LocalRefOptions<T> = {}) {
    const given: T | Attachment = data;
    const attachment = given instanceof Attachment
      ? given
      : attachmentTo(ownData(given, options));
    this.#data = attachment.data;
    this.#end = attachment.end;
    this.#share = attachment.share;
    if (this.#end !== undefined) collected.register(this, this.#end, this);
  }

  /**
   * Attaches to data of another thread by a handle that came in a message.
   *
   * A thread that is none of the runtime keeps it from disposing anything for as long
   * as it has the reference, so it is to dispose it; that it ended without is
   * noticed.
   *
   * @example On a thread that the program started by itself
   * ```ts
   * import { LocalRef, Runtime, SharedCounter } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * const mine = new LocalRef(new SharedCounter());
   * const message = structuredClone(mine.handle); //  as postMessage does it
   *
   * // There:
   * using ref = await LocalRef.from(message);
   * ref.get().add(1);
   * assertEquals(mine.get().value, 1);
   * ```
   *
   * @typeParam T The type of the data.
   * @throws {TypeError} If the handle is none, this thread belongs to another
   * runtime, or no counted reference is left.
   * @throws {RuntimeClosedError} When the runtime is closed, or all of its tasks have
   * ended.
   * @throws {RangeError} If too many references are used outside of the runtime.
   */
  static async from<T extends object>(
    handle: LocalRefHandle<T>,
  ): Promise<LocalRef<T>> {
    const sent = dataIn(handle);
    const known = attachedData(sent);
    if (known !== undefined) {
      const { count } = known;
      if (count?.tryAdd() === false) {
        throw new TypeError(
          "Cannot attach to reference as no other one is left: its data is disposed",
        );
      }
      const ref = referTo<T>(attachmentTo(known));
      try {
        known.check();
        return ref;
      } catch (error) {
        ref[Symbol.dispose]();
        throw error;
      }
    }
    const { data, share } = await enterAsGuest(sent);
    return referTo<T>(new Attachment(data, share(), share));
  }

  /**
   * The data, in the memory of its owner.
   *
   * @throws {RuntimeClosedError} When the runtime of its owner is closed.
   * @throws {TypeError} If this reference was released, or is used in a task of
   * another runtime.
   */
  get(): T {
    const data = this.#data;
    if (this.#isReleased) this.#refuse("use");
    data.check();
    if (data.count === undefined) checkRuntime(data);
    return data.value as T;
  }

  /**
   * Calls a function with the data.
   *
   * @returns What the function returns.
   * @throws As {@linkcode LocalRef.get}, and what the function throws.
   */
  with<R>(fn: (data: T) => R): R {
    return fn(this.get());
  }

  /** The index of the worker that owns the data; undefined: another thread does. */
  get worker(): number | undefined {
    return this.#data.name.worker;
  }

  /** A text that references to the same data have, and no others. */
  get id(): string {
    return keyOf(this.#data.name);
  }

  /** Whether a value is a reference to the same data. */
  same(other: unknown): boolean {
    return other instanceof LocalRef && other.id === this.id;
  }

  /**
   * Whether the thread that owns the data is lost. The data is as that thread has
   * left it.
   */
  get isOwnerLost(): boolean {
    return this.#data.isOwnerLost;
  }

  /** Whether references to the data are counted. */
  get isCounted(): boolean {
    return this.#data.count !== undefined;
  }

  /** Names this reference in a message. */
  get handle(): LocalRefHandle<T> {
    if (this.#isReleased) this.#refuse("send");
    return { kind: "LocalRef", data: this.#data.handle };
  }

  /**
   * Another reference to the same data, to be released by itself.
   *
   * @throws As {@linkcode LocalRef.get}.
   */
  clone(): LocalRef<T> {
    this.get();
    const data = this.#data;
    const { count } = data;
    if (count === undefined) {
      return referTo<T>(new Attachment(data, this.#share?.(), this.#share));
    }
    count.add();
    return referTo<T>(attachmentTo(data));
  }

  /**
   * Uses this reference no more. The data is disposed after the last counted one;
   * if they are not counted, it stays with its owner.
   */
  [Symbol.dispose](): void {
    this.#isReleased = true;
    const end = this.#end;
    if (end === undefined) return;
    this.#end = undefined;
    collected.unregister(this);
    end();
  }

  #refuse(action: string): never {
    throw new TypeError(`Cannot ${action} reference as it was released`);
  }
}

/** Who forgets a reference releases it, some time. */
const collected = new FinalizationRegistry<() => void>((end) => end());

function referTo<T extends object>(attachment: Attachment): LocalRef<T> {
  return new LocalRef<T>(attachment as never);
}

/** Also where two inline runtimes share a thread, they do not share data. */
function checkRuntime({ name }: ReferenceData): void {
  const home = currentHome();
  if (home === undefined || home.commons.id === name.runtime) return;
  throw new TypeError(
    "Cannot use reference in this task as it belongs to another runtime",
  );
}

registerPortable(localRefKind<LocalRef<object>>({
  is: (value) => value instanceof LocalRef,
  dataOf: (ref) => dataOf(ref),
  refer: referTo,
}));
