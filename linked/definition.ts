/**
 * Definitions: how the instances of a family are made, on every thread.
 *
 * @module
 */

import { isThenable } from "../codec/thenable.ts";
import { DEFINITION } from "./definition_mark.ts";
import type { FamilyState } from "./family_state.ts";
import { familiesOf } from "./home_families.ts";
import { instanceHome } from "./instance_home.ts";
import type { LinkContext } from "./link_context.ts";
import { checkDefinition, type LinkedOptions } from "./linked_options.ts";
import { LocalFamily } from "./local_family.ts";
import { disposeItself } from "./self_disposal.ts";

/** For how many bytes of messages each sibling has room unless it is told otherwise. */
const DEFAULT_RESERVE = 2 ** 20;

/** Disposes an instance. */
type Disposer = (instance: object, shared: unknown) => unknown;

/**
 * A definition of a family, made by {@linkcode linked}.
 *
 * @example The type of an exported definition
 * ```ts
 * import { linked, type Linked } from "@kindred/kindred/linked";
 * import { assertEquals } from "@std/assert";
 *
 * export const clock: Linked<{ now(): number }> = linked(
 *   import.meta.url,
 *   "clock",
 *   { create: () => ({ now: () => Date.now() }) },
 * );
 * assertEquals(clock.name, "clock");
 * ```
 *
 * @typeParam T The type of the instances.
 */
export class Linked<T extends object> {
  /** The module that exports this definition, without fragment. */
  readonly url: string;
  /** The name of the export. */
  readonly name: string;
  /** The names of the counters that all instances share. */
  readonly counters: readonly string[];
  /** How many bytes of messages may wait for each sibling. */
  readonly reserve: number;
  readonly #shared: (() => unknown) | undefined;
  readonly #create: (shared: unknown, context: LinkContext) => T;
  readonly #disposer: Disposer | undefined;
  readonly #methods: readonly string[] | undefined;
  #isSharing = false;
  /** The static family where it was used last. */
  #near: FamilyState | undefined;

  /** Made by {@linkcode linked}. */
  constructor(
    url: string,
    name: string,
    options: LinkedOptions<T, unknown>,
  ) {
    const { shared, create, dispose, methods, counters = [] } = options;
    this.url = url;
    this.name = name;
    this.counters = [...counters];
    this.reserve = options.reserve ?? DEFAULT_RESERVE;
    this.#shared = shared;
    this.#create = create;
    this.#disposer = dispose as Disposer | undefined;
    this.#methods = methods === undefined ? undefined : [...methods];
    Object.defineProperty(this, DEFINITION, { value: true });
  }

  /** The methods that other threads may call; undefined: all. */
  get methods(): readonly string[] | undefined {
    return this.#methods;
  }

  /** Whether the instances of a family share anything. */
  get hasShared(): boolean {
    return this.#shared !== undefined || this.counters.length > 0;
  }

  /**
   * A new instance of the static family: the one family that a definition has in
   * a process without asking. It is made on first use, by the thread that starts
   * runtimes. `Runtime.link(definition)` links it, and from then on workers have it,
   * too.
   *
   * Who makes an instance disposes it: see {@linkcode LocalFamily.dispose}.
   *
   * @example Usage
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { hits } from "../examples/hits.ts";
   *
   * const [one, other] = [hits.get(), hits.get()];
   * one.hit();
   * assertEquals(other.hit(), 2); //   the total is shared
   * assertEquals(other.local(), 1); // the rest is not
   * ```
   *
   * @throws {TypeError} On a worker, if there is shared state and the family is not
   * linked there; if `create` gives no instance, or `shared` a promise.
   * @throws What `shared` throws, then the next use tries again, and what `create`
   * throws.
   */
  get(): T {
    return this.#stateHere().create() as T;
  }

  /**
   * This thread's one instance of the static family, made on first use; on a worker
   * to which it is linked, the one that others call.
   *
   * @throws As {@linkcode Linked.get}.
   */
  get here(): T {
    return this.#stateHere().here as T;
  }

  /**
   * The static family on this thread, to be sent elsewhere, or for one instance per
   * thread.
   *
   * @throws As {@linkcode Linked.get}, but for `create`.
   */
  get static(): LocalFamily<T> {
    return new LocalFamily<T>(this, this.#stateHere());
  }

  /**
   * Makes another family, which shares nothing with any other one of this
   * definition. `Runtime.link(family)` links it.
   *
   * @example Usage
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { hits } from "../examples/hits.ts";
   *
   * const family = hits.family();
   * family.here.hit();
   * assertEquals(hits.family().here.hit(), 1);
   * ```
   *
   * @throws {TypeError} If `shared` gives a promise, or makes a family of its own
   * definition.
   * @throws What `shared` throws.
   */
  family(): LocalFamily<T> {
    return new LocalFamily<T>(this, this.share());
  }

  #stateHere(): FamilyState {
    const near = this.#near;
    const home = instanceHome();
    if (near !== undefined && near.home === home) return near;
    return this.#near = familiesOf(home).static(this);
  }

  /**
   * Makes the shared state of a new family.
   *
   * @throws {TypeError} If that is a promise, or is made of a family of this
   * definition.
   * @throws What `shared` throws.
   */
  share(): unknown {
    if (this.#shared === undefined) return undefined;
    if (this.#isSharing) {
      throw new TypeError(
        `Cannot make the shared state of '${this.name}' as 'shared' uses a family of its own definition`,
      );
    }
    this.#isSharing = true;
    try {
      const share = this.#shared;
      const shared = share();
      if (!isThenable(shared)) return shared;
      Promise.resolve(shared).catch(() => {}); // the error below says more
      throw new TypeError(
        `Cannot make the shared state of '${this.name}' as 'shared' must not be async: received a promise`,
      );
    } finally {
      this.#isSharing = false;
    }
  }

  /**
   * Makes an instance of a family.
   *
   * @throws {TypeError} If `create` gives anything but an object of its own: no
   * function, array or promise.
   * @throws What `create` throws.
   */
  instantiate(shared: unknown, context: LinkContext): T {
    const create = this.#create;
    const instance = create(shared, context);
    const what = notAnInstance(instance);
    if (what === undefined) return instance;
    throw new TypeError(
      `Cannot make an instance of '${this.name}' as 'create' must return an object: received ${what}`,
    );
  }

  /**
   * Disposes an instance of a family.
   *
   * @returns What the disposer returns.
   * @throws What the disposer throws.
   */
  dispose(instance: T, shared: unknown): unknown {
    const dispose = this.#disposer;
    return dispose === undefined
      ? disposeItself(instance)
      : dispose(instance, shared);
  }
}

/**
 * Defines a family of linked objects.
 *
 * A module exports the definition under its own name, so that every worker can
 * import it and make its own instance:
 *
 * ```ts ignore
 * export const hits: Linked<Hits> = linked(import.meta.url, "hits", {
 *   shared: () => ({ total: new SharedCounter() }),
 *   create: ({ total }) => new Hits(total),
 * });
 * ```
 *
 * After Rust's `linked` (https://crates.io/crates/linked).
 *
 * @example Usage
 * ```ts
 * import { Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 * import { hits } from "../examples/hits.ts";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const family = await runtime.link(hits);
 * assertEquals(await family.on(0).hit(), 1);
 * assertEquals(family.here.hit(), 2); //   the total is shared
 * assertEquals(family.here.local(), 1); // the rest is not
 * ```
 *
 * @typeParam T The type of the instances.
 * @typeParam S The type of the shared state.
 * @typeParam M The messages between siblings.
 * @param url The module that exports the definition: `import.meta.url`.
 * @param name The name under which it does.
 * @throws {TypeError} If an argument is of another type, or two counters have one name.
 * @throws {RangeError} If the reserve is out of range.
 */
export function linked<T extends object, S = undefined, M = unknown>(
  url: string,
  name: string,
  options: LinkedOptions<T, S, M>,
): Linked<T> {
  checkDefinition(url, name, options);
  return new Linked<T>(
    url.replace(/#.*$/s, ""),
    name,
    options as unknown as LinkedOptions<T, unknown>,
  );
}

/** Why a value cannot be an instance; undefined if it can. */
function notAnInstance(value: unknown): string | undefined {
  if (typeof value !== "object") return typeof value;
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return isThenable(value)
    ? "a promise, or an object with a method 'then'"
    : undefined;
}
