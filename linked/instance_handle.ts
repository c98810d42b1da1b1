/**
 * Handles of instances.
 *
 * @module
 */

import { KIND, registerPortable } from "../codec/portable_kind.ts";
import { disposeUnwatched, leaveToHome } from "./disposal.ts";
import type { Holding, SentHandle } from "./holding.ts";
import { instanceHome } from "./instance_home.ts";
import { travelsOf } from "./travels.ts";

let holdingOf: (handle: InstanceHandle<object>) => Holding | undefined;

/** Gives back what was forgotten without having been disposed. */
const forgotten = new FinalizationRegistry<Holding>((holding) =>
  disposeUnwatched(holding.home, holding.name, () => holding.release())
);

/**
 * A handle of a thread's instance, which is there for as long as there are handles.
 *
 * It can be sent in calls and results to the other threads of a runtime. There the
 * instance cannot be used, as it stays where it is, but it is held; sent back, the
 * handle is one of the same instance, also in a task on the worker that
 * {@linkcode InstanceHandle.worker} says. Who sends a handle keeps it, and disposes it by
 * itself. After the last one anywhere the thread of the instance disposes it; handles
 * of threads that are lost do not count. But one that was on its way to or from such a
 * thread holds the instance until the worker of that ends.
 *
 * A handle that was sent, or has come, and is forgotten is given back when the engine
 * collects it; any other one holds its instance for as long as its thread lives.
 *
 * @example Usage
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { hits } from "../examples/hits.ts";
 *
 * const handle = hits.family().instancePerThread().acquire();
 * {
 *   using held = handle;
 *   held.value.hit();
 * }
 * assertThrows(() => handle.value, TypeError);
 * ```
 *
 * @typeParam T The type of the instance.
 */
export class InstanceHandle<T extends object>
  implements Disposable, AsyncDisposable {
  /** Only for the compiler: handles can be sent. */
  declare readonly "~sendable": true;
  /** Never there: keeps the type of the instance. */
  declare readonly type?: T;
  readonly #holding: Holding;
  #isDisposed = false;

  static {
    holdingOf = (handle) => handle.#isDisposed ? undefined : handle.#holding;
  }

  /** Made by `InstancePerThread.acquire()`. */
  constructor(holding: Holding) {
    this.#holding = holding;
  }

  /**
   * The instance.
   *
   * @throws {TypeError} If it lives on another thread, this handle was disposed, or
   * the worker has ended whose instance it is.
   */
  get value(): T {
    const { instance } = this.#holding;
    if (instance === undefined || this.#isDisposed) this.#refuse("use");
    return instance as T;
  }

  /** Whether the instance is one of this thread. */
  get isHere(): boolean {
    return this.#holding.isHere;
  }

  /**
   * The worker whose instance it is: tasks that use the instance run there. Undefined:
   * it is one of the thread that started the runtime.
   *
   * @example Using an instance from elsewhere
   * ```ts
   * import {
   *   type InstanceHandle,
   *   type InstancePerThread,
   *   Runtime,
   * } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   * import { type Hits, hits } from "../examples/hits.ts";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * const family = await runtime.link(hits);
   * using handle = await runtime.spawn(
   *   (perThread: InstancePerThread<Hits>) => perThread.acquire(),
   *   family.instancePerThread(),
   * );
   * assertEquals([handle.isHere, handle.worker], [false, 0]);
   * const hit = await runtime.on(handle.worker!).spawn(
   *   (handle: InstanceHandle<Hits>) => handle.value.hit(),
   *   handle,
   * );
   * assertEquals(hit, 1);
   * ```
   */
  get worker(): number | undefined {
    return this.#holding.worker;
  }

  /** Whether the instance is there, wherever that is: its thread is, and has not ended. */
  get isAlive(): boolean {
    return this.#holding.isAlive;
  }

  /**
   * Another handle of the same instance.
   *
   * @throws {TypeError} If this handle was disposed.
   */
  clone(): InstanceHandle<T> {
    const holding = this.#holding;
    if (this.#isDisposed) this.#refuse("clone");
    holding.add();
    const clone = new InstanceHandle<T>(holding);
    if (!holding.isHere) forgotten.register(clone, holding, clone);
    return clone;
  }

  /**
   * Gives the handle back. After the last one, the instance is disposed; if that takes
   * its time, its worker does not end before it is done.
   *
   * @throws What the disposer throws.
   */
  [Symbol.dispose](): void {
    const { home, name } = this.#holding;
    leaveToHome(home, name, this.#release());
  }

  /**
   * As `[Symbol.dispose]()`, and waits until the instance is disposed, if this was the
   * last handle, and no other thread has had one.
   *
   * @throws What the disposer throws.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#release();
  }

  #release(): unknown {
    if (this.#isDisposed) return undefined;
    this.#isDisposed = true;
    forgotten.unregister(this);
    return this.#holding.release();
  }

  #refuse(action: string): never {
    const { isHere, name } = this.#holding;
    throw new TypeError(
      `Cannot ${action} handle of an instance of '${name}' as ${
        this.#isDisposed
          ? "the handle was disposed"
          : isHere
          ? "its worker has ended"
          : "the instance lives on another thread: use it in a task there, which gets the handle"
      }`,
    );
  }
}

registerPortable<InstanceHandle<object>, SentHandle>({
  number: KIND.INSTANCE_HANDLE,
  is: (value) => value instanceof InstanceHandle,
  refuse: (handle, out) => {
    const holding = holdingOf(handle);
    if (holding === undefined) return "is a handle that was disposed";
    if (!holding.isAlive) return "is a handle of an instance that is gone";
    return out.buffers === undefined || out.moved === undefined
      ? "is a handle of an instance: only calls and their results can take it"
      : undefined;
  },
  encode: (handle, out) => {
    const holding = holdingOf(handle)!;
    const sent = holding.send();
    out.whenDropped(() => holding.takeBack(sent));
    if (holding.isHere) {
      // Once, however often it is sent.
      forgotten.unregister(handle);
      forgotten.register(handle, holding, handle);
    }
    return sent;
  },
  decode: (sent) => {
    const holding = travelsOf(instanceHome()).arrive(sent);
    const handle = new InstanceHandle(holding);
    forgotten.register(handle, holding, handle);
    return handle;
  },
});
