/**
 * Families: many instances that look like one object from outside.
 *
 * @module
 */

import { KIND, registerPortable } from "../codec/portable_kind.ts";
import type { Caller } from "./caller.ts";
import type { Linked } from "./definition.ts";
import { PartialFailureError } from "./errors.ts";
import { type FamilyId, familyWith } from "./known_families.ts";
import { LocalFamily, setHere, stateOf } from "./local_family.ts";
import type { Remote, RemoteAll } from "./remote.ts";
import { signature } from "./signature.ts";
import { type StubMaker, stubMaker } from "./stub.ts";

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
 * Calls of one caller to one instance start in the order in which they are made.
 * Arguments and results are copied; a method that throws rejects its call, and
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
  /** Made as they are asked for: workers may be added. */
  readonly #stubs: Remote<T>[] = [];
  readonly #stubFor: (worker: number) => Remote<T>;
  readonly #all: RemoteAll<T>;

  /** Made by `Runtime.link()`. */
  constructor(definition: Linked<T>, parts: FamilyParts) {
    super(definition, parts.shared);
    const { caller } = parts;
    this.#caller = caller;
    const methods = parts.methods.map(signature);
    const { name } = definition;
    const make: StubMaker = stubMaker(name, methods.map(({ name }) => name));
    const stream = (worker: number, method: number, args: unknown[]) => {
      const label = `${name}.${methods[method]!.name}`;
      return caller.stream(label, worker, method, args);
    };
    this.#stubFor = (worker) =>
      make((method, args) =>
        methods[method]!.isStream
          ? stream(worker, method, args)
          : caller.call(worker, method, args)
      ) as Remote<T>;
    this.#all = make((method, args) =>
      methods[method]!.isStream
        ? Array.from(
          { length: caller.size },
          (_, worker) => stream(worker, method, args),
        )
        : this.#callAll(methods[method]!.name, method, args)
    ) as RemoteAll<T>;
  }

  /** How many workers there are; each has one instance. */
  get size(): number {
    return this.#caller.size;
  }

  /**
   * The instance of some worker: one with the fewest calls under way; of these
   * one that runs beside the caller rather than one that waits for its processor.
   */
  any(): Remote<T> {
    return this.#stub(this.#caller.pick());
  }

  #stub(worker: number): Remote<T> {
    return this.#stubs[worker] ??= this.#stubFor(worker);
  }

  /**
   * The instance of one worker.
   *
   * @param worker The index of the worker, from 0 on.
   * @throws {RangeError} If there is no such worker.
   */
  on(worker: number): Remote<T> {
    if (!(Number.isInteger(worker) && worker >= 0 && worker < this.size)) {
      throw new RangeError(
        `Cannot call worker ${
          String(worker)
        } as there is none: expected an index from 0 to ${this.size - 1}`,
      );
    }
    return this.#stub(worker);
  }

  /**
   * The instances of all workers: a method gives their results in the order of
   * the workers. If one fails, all are awaited, and the call rejects with a
   * {@linkcode PartialFailureError} that has the results of the others.
   */
  all(): RemoteAll<T> {
    return this.#all;
  }

  async #callAll(
    name: string,
    method: number,
    args: unknown[],
  ): Promise<unknown[]> {
    const results = await Promise.allSettled(
      Array.from(
        { length: this.size },
        (_, worker) => this.#caller.call(worker, method, args),
      ),
    );
    if (results.some((result) => result.status === "rejected")) {
      throw new PartialFailureError(`${this.definition.name}.${name}`, results);
    }
    return results.map((result) =>
      (result as PromiseFulfilledResult<unknown>).value
    );
  }
}

/**
 * Makes a family that can be called out of one that is only used here; both have
 * the same instance here.
 */
export function callable(
  family: LocalFamily<object>,
  methods: readonly string[],
  caller: Caller,
): Family<object> {
  const { shared, here } = stateOf(family);
  const made = new Family(family.definition, { shared, methods, caller });
  if (here !== undefined) setHere(made, here);
  return made;
}

interface FamilyInMessage extends FamilyId {
  readonly name: string;
}

registerPortable<Family<object>, FamilyInMessage>({
  number: KIND.FAMILY,
  is: (value) => value instanceof Family,
  refuse: (family) =>
    callerOf(family).id === undefined
      ? "is a family that no runtime has linked"
      : undefined,
  encode: (family) => ({
    ...callerOf(family).id!,
    name: family.definition.name,
  }),
  decode: (data) => {
    const family = familyWith(data);
    if (family !== undefined) return family;
    throw new TypeError(
      `Cannot receive family '${data.name}' on this thread as it belongs to another runtime`,
    );
  },
});
