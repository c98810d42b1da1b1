/**
 * A family as one thread sees it: the shared state, and instances made here.
 *
 * @module
 */

import { MissingExportsError } from "../codec/missing_exports_error.ts";
import type { StripedCounter } from "../sync/value/striped_counter.ts";
import type { Linked } from "./definition.ts";
import { attachFamily, type FamilyHandle, handleOf } from "./family_handle.ts";
import { FamilyState } from "./family_state.ts";
import { importDefinition } from "./import_definition.ts";
import { InstancePerThread } from "./instance_per_thread.ts";
import { stateOfInstance } from "./lineage.ts";
import { PerThread } from "./per_thread.ts";

/** What a family is on this thread. */
export let stateOf: (family: LocalFamily<object>) => FamilyState;

/**
 * A family on one thread: instances that are made and used here.
 *
 * @example On another thread
 * ```ts
 * import { LocalFamily, Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 * import { hits } from "../examples/hits.ts";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const family = await runtime.link(hits);
 * const message = structuredClone(family.handle); //  as postMessage does it
 *
 * // There:
 * const there = await LocalFamily.from(message);
 * there.here.hit();
 * assertEquals(family.here.total.value, 1);
 * ```
 *
 * @typeParam T The type of the instances.
 */
export class LocalFamily<T extends object> {
  /** What this family was made from. */
  readonly definition: Linked<T>;
  readonly #state: FamilyState;
  #handle: FamilyHandle<T> | undefined;

  /**
   * Made by `Linked.family()`, `Runtime.link()` and {@linkcode LocalFamily.from}.
   *
   * @param state The shared state of a new family, or what another one is here that
   * is to be the same.
   */
  constructor(definition: Linked<T>, state: unknown) {
    this.definition = definition;
    this.#state = state instanceof FamilyState
      ? state
      : new FamilyState(definition, state);
  }

  /**
   * Attaches to a family of another thread. Whoever attaches to it on one thread has
   * the same one. A static family is the static one here, too, unless this thread has
   * made one itself.
   *
   * @throws {TypeError} If its module does not export the definition.
   * @throws What the module throws when it is imported.
   */
  static async from<T extends object>(
    handle: FamilyHandle<T>,
  ): Promise<LocalFamily<T>> {
    const definition = await importDefinition(handle.url, handle.name);
    try {
      const state = attachFamily(definition, handle);
      return new LocalFamily(definition as Linked<T>, state);
    } catch (error) {
      if (!(error instanceof MissingExportsError)) throw error;
      await error.import(); // for the shared state
      const state = attachFamily(definition, handle);
      return new LocalFamily(definition as Linked<T>, state);
    }
  }

  /**
   * The family as the worker sees it that runs at this moment: with its own copy of what
   * is not in shared memory.
   */
  copy(): LocalFamily<T> {
    const { definition } = this;
    return new LocalFamily(definition, attachFamily(definition, this.handle));
  }

  /**
   * Names this family in a message.
   *
   * @throws {TypeError} If the shared state is not portable.
   */
  get handle(): FamilyHandle<T> {
    return this.#handle ??= handleOf(this.#state) as FamilyHandle<T>;
  }

  static {
    stateOf = (family) => family.#state;
  }

  /**
   * This thread's one instance, made on first use: called without a message.
   *
   * It stays until its worker ends. On the thread that starts runtimes it stays until
   * the last runtime is closed that the family is linked to, or it is disposed; then
   * the next use makes another one.
   *
   * @throws {TypeError} If `create` gives no instance.
   * @throws What `create` throws.
   */
  get here(): T {
    return this.#state.here as T;
  }

  /**
   * Makes a new instance of the family on this thread. Who makes it disposes it, if
   * there is something to dispose.
   *
   * @throws {TypeError} If `create` gives no instance.
   * @throws What `create` throws.
   */
  create(): T {
    return this.#state.create() as T;
  }

  /**
   * Disposes an instance that this family has made on this thread, as its definition
   * says. Does nothing if that was done.
   *
   * @throws {TypeError} If it is none, a worker hosts it, or handles hold it.
   * @throws What the disposer throws.
   */
  async dispose(instance: T): Promise<void> {
    await this.#state.dispose(instance);
  }

  /**
   * One instance per thread that is there while somebody has a handle of it.
   *
   * @example Usage
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { hits } from "../examples/hits.ts";
   *
   * const perThread = hits.family().instancePerThread();
   * {
   *   using one = perThread.acquire();
   *   using other = perThread.acquire();
   *   one.value.hit();
   *   assertEquals(other.value.local(), 1); // the same instance
   * }
   * using next = perThread.acquire();
   * assertEquals(next.value.local(), 0); //   a fresh one
   * assertEquals(next.value.total.value, 1);
   * ```
   */
  instancePerThread(): InstancePerThread<T> {
    return new InstancePerThread<T>(new PerThread(this.#state));
  }

  /**
   * A counter that all instances of the family share.
   *
   * @throws {TypeError} If the definition names no such counter.
   */
  counter(name: string): StripedCounter {
    return this.#state.counters.get(name);
  }
}

/**
 * The family of an instance on this thread; undefined if no family has made it.
 *
 * @example Another instance, of which only one is known
 * ```ts
 * import { familyOf } from "@kindred/kindred/linked";
 * import { assertEquals } from "@std/assert";
 * import { hits } from "../examples/hits.ts";
 *
 * const one = hits.get();
 * const other = familyOf(one)!.create();
 * other.hit();
 * assertEquals([one.total.value, one.local()], [1, 0]);
 * assertEquals(familyOf({}), undefined);
 * ```
 *
 * @typeParam T The type of the instance.
 */
export function familyOf<T extends object>(
  instance: T,
): LocalFamily<T> | undefined {
  const state = stateOfInstance(instance);
  return state && new LocalFamily(state.definition as Linked<T>, state);
}
