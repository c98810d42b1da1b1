/**
 * Families: many instances that look like one object from outside.
 *
 * @module
 */

import { registerPortable } from "../codec/portable_kind.ts";
import type { Caller } from "./caller.ts";
import type { Linked } from "./definition.ts";
import { familyKind } from "./family_kind.ts";
import { FamilyStubs } from "./family_stubs.ts";
import { Forwarding, type ForwardOptions } from "./forwarding.ts";
import { LocalFamily, stateOf } from "./local_family.ts";
import type { Remote, RemoteAll } from "./remote.ts";
import { type Signature, signature } from "./signature.ts";
import { type NearNode, WorkerChoice } from "./worker_choice.ts";

/** What a runtime hands to a family that it has linked. */
export interface FamilyParts {
  /** The shared state, as this thread sees it. */
  readonly shared: unknown;
  /** The signatures of the methods; their places are their numbers. */
  readonly methods: readonly string[];
  /** Carries the calls. */
  readonly caller: Caller;
}

let callerOf: (family: Family<object>) => Caller;

/**
 * The instances of one definition on all workers of a runtime.
 *
 * Calls of one caller to one instance start in the order in which they are made,
 * through whichever door, forwarded ones too. Arguments and results are copied; a method that throws rejects its call, and
 * never hurts the worker.
 *
 * A method that is a generator, `async` or not, gives an async iterable of what it
 * yields, at once: see `Runtime.stream()`.
 *
 * A family can be sent to the workers of its runtime: as an argument, and as part
 * of the shared state of another family. There it is called in the same way, and
 * {@linkcode Family.here} is that worker's own instance.
 *
 * @example Usage
 * ```ts
 * import { Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 * import { hits } from "../examples/hits.ts";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const family = await runtime.link(hits);
 * await Promise.all([family.any().hit(), family.any().hit()]);
 * assertEquals(await family.on(0).local(), 2);
 * assertEquals(await family.all().local(), [2]);
 * assertEquals(family.create().local(), 0);
 * ```
 *
 * @typeParam T The type of the instances.
 */
export class Family<T extends object> extends LocalFamily<T> {
  /** Only for the compiler: families can be sent. */
  declare readonly "~sendable": true;
  static {
    callerOf = (family) => family.#caller;
  }
  readonly #caller: Caller;
  readonly #methods: readonly Signature[];
  readonly #choice: WorkerChoice<Remote<T>>;
  readonly #all: RemoteAll<T>;
  #forwarding: Forwarding<T> | undefined;

  /** Made by `Runtime.link()`. */
  constructor(definition: Linked<T>, parts: FamilyParts) {
    super(definition, parts.shared);
    const { caller } = parts;
    this.#caller = caller;
    const methods = this.#methods = parts.methods.map(signature);
    const stubs = new FamilyStubs<T>(definition.name, methods, caller);
    this.#choice = new WorkerChoice(caller, (worker) => stubs.one(worker));
    this.#all = stubs.all;
  }

  /** How many workers there are; each has one instance. */
  get size(): number {
    return this.#caller.size;
  }

  /**
   * The instance of some worker: one with the fewest calls of this thread under way;
   * of these one that runs beside the caller rather than one that waits for its
   * processor.
   */
  any(): Remote<T> {
    return this.#choice.any();
  }

  /**
   * The instance of the worker that has least to do, whoever asked for it: of all
   * calls and tasks that run or wait there, as the threads counted them a moment ago.
   * It takes longer to choose than {@linkcode Family.any}, the more so the more
   * workers there are: for calls that take long, and come from several threads.
   *
   * @example Usage
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   * import { hits } from "../examples/hits.ts";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * const family = await runtime.link(hits);
   * assertEquals(await family.leastLoaded().hit(), 1);
   * ```
   */
  leastLoaded(): Remote<T> {
    return this.#choice.leastLoaded();
  }

  /**
   * The instance of one worker after the other, as this thread asks; those that failed
   * for good are left out.
   *
   * @example Usage
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   * import { hits } from "../examples/hits.ts";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * const family = await runtime.link(hits);
   * for (let k = 0; k < family.size; k++) await family.roundRobin().hit();
   * assertEquals(await family.all().local(), [1]);
   * ```
   */
  roundRobin(): Remote<T> {
    return this.#choice.roundRobin();
  }

  /**
   * The instance for a key: on every thread the same for the same key, so that what
   * belongs to the key can be part of that instance alone. A worker that is replaced
   * keeps its keys; its instance is a new one. When workers are added, as few keys as
   * possible change theirs, and only to new workers.
   *
   * After Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm"
   * (https://arxiv.org/abs/1406.2294).
   *
   * @example Usage
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   * import { hits } from "../examples/hits.ts";
   *
   * await using runtime = await Runtime.start();
   * const family = await runtime.link(hits);
   * await family.forKey("Ada").hit();
   * await family.forKey("Ada").hit();
   * assertEquals(await family.forKey("Ada").local(), 2);
   * ```
   *
   * @throws {TypeError} If the key is no string and no number.
   */
  forKey(key: string | number): Remote<T> {
    return this.#choice.forKey(key);
  }

  /**
   * An instance on a NUMA node, of several the one that has the fewest calls of this
   * thread; if there is none, as {@linkcode Family.any}.
   *
   * @example Usage
   * ```ts
   * import { Runtime, topology } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   * import { hits } from "../examples/hits.ts";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * const family = await runtime.link(hits);
   * const [node] = topology().nodes;
   * await family.near(node!.id).hit();
   * assertEquals(await family.near().local(), 1); //  beside this thread
   * ```
   *
   * @param node The id of the node, or an affinity, which may be unknown: then it is as
   * {@linkcode Family.any}. Default: the node on which this thread runs at the moment.
   * @throws {RangeError} If that is no integer from 0 on.
   */
  near(node?: NearNode): Remote<T> {
    return this.#choice.near(node);
  }

  /**
   * The instance of one worker.
   *
   * @param worker The index of the worker, from 0 on.
   * @throws {RangeError} If there is no such worker.
   */
  on(worker: number): Remote<T> {
    return this.#choice.on(worker);
  }

  /**
   * The same instances, to be called without waiting for a result: methods return
   * nothing, and none is sent.
   *
   * Such a call throws at once if it cannot be sent: a `TypeError` for an argument, a
   * `RuntimeClosedError`, or a `QueueFullError` if `maxQueued` calls of this thread are
   * under way on that worker. What goes wrong later, in the method or with its worker,
   * `onFailure` is told.
   *
   * @example Usage
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   * import { hits } from "../examples/hits.ts";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * const family = await runtime.link(hits);
   * const errors: unknown[] = [];
   * const forward = family.forward({ onFailure: (error) => errors.push(error) });
   * forward.any().hit();
   * forward.all().hit();
   * assertEquals(await family.on(0).local(), 2); //  in order with other calls
   * assertEquals(errors, []);
   * ```
   *
   * @throws {TypeError} If `onFailure` is no function.
   */
  forward(options: ForwardOptions = {}): Forwarding<T> {
    const { onFailure } = options;
    if (onFailure === undefined) return this.#forwarding ??= this.#forward();
    if (typeof onFailure === "function") return this.#forward(onFailure);
    throw new TypeError(
      `Cannot forward as 'onFailure' must be a function: received ${
        onFailure === null ? "null" : typeof onFailure
      }`,
    );
  }

  #forward(onFailure?: (error: unknown) => void): Forwarding<T> {
    const { name } = this.definition;
    const parts = { name, methods: this.#methods, caller: this.#caller };
    return new Forwarding(
      onFailure === undefined ? parts : { ...parts, onFailure },
    );
  }

  /**
   * The instances of all workers: a method gives their results in the order of
   * the workers. If one fails, all are awaited, and the call rejects with a
   * {@linkcode PartialFailureError} that has the results of the others.
   */
  all(): RemoteAll<T> {
    return this.#all;
  }
}

/**
 * Makes a family that can be called out of one that is only used here; both are the
 * same here.
 */
export function callable(
  family: LocalFamily<object>,
  methods: readonly string[],
  caller: Caller,
): Family<object> {
  const shared = stateOf(family);
  return new Family(family.definition, { shared, methods, caller });
}

registerPortable(familyKind<Family<object>>({
  is: (value) => value instanceof Family,
  idOf: (family) => callerOf(family).id,
}));
