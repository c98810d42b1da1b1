/**
 * Families: many instances that look like one object from outside.
 *
 * @module
 */

import type { Caller } from "./caller.ts";
import type { Linked } from "./definition.ts";
import { PartialFailureError } from "./errors.ts";
import { LocalFamily } from "./local_family.ts";
import type { Remote, RemoteAll } from "./remote.ts";
import { type StubMaker, stubMaker } from "./stub.ts";

/** What a runtime hands to a family that it has linked. */
export interface FamilyParts {
  /** The shared state, as this thread sees it. */
  readonly shared: unknown;
  /** The methods of the instances; their places are their numbers. */
  readonly methods: readonly string[];
  /** Carries the calls. */
  readonly caller: Caller;
}

/**
 * The instances of one definition on all workers of a runtime.
 *
 * Calls of one caller to one instance start in the order in which they are made.
 * Arguments and results are copied; a method that throws rejects its call, and
 * never hurts the worker.
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
  readonly #caller: Caller;
  readonly #stubs: readonly Remote<T>[];
  readonly #all: RemoteAll<T>;

  /** Made by `Runtime.link()`. */
  constructor(definition: Linked<T>, parts: FamilyParts) {
    super(definition, parts.shared);
    const { methods, caller } = parts;
    this.#caller = caller;
    const make: StubMaker = stubMaker(definition.name, methods);
    this.#stubs = Array.from(
      { length: caller.size },
      (_, worker) =>
        make((method, args) => caller.call(worker, method, args)) as Remote<T>,
    );
    this.#all = make((method, args) =>
      this.#callAll(methods[method]!, method, args)
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
    return this.#stubs[this.#caller.pick()]!;
  }

  /**
   * The instance of one worker.
   *
   * @param worker The index of the worker, from 0 on.
   * @throws {RangeError} If there is no such worker.
   */
  on(worker: number): Remote<T> {
    const stub = Number.isInteger(worker) ? this.#stubs[worker] : undefined;
    if (stub === undefined) {
      throw new RangeError(
        `Cannot call worker ${
          String(worker)
        } as there is none: expected an index from 0 to ${this.size - 1}`,
      );
    }
    return stub;
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
      this.#stubs.map((_, worker) => this.#caller.call(worker, method, args)),
    );
    if (results.some((result) => result.status === "rejected")) {
      throw new PartialFailureError(`${this.definition.name}.${name}`, results);
    }
    return results.map((result) =>
      (result as PromiseFulfilledResult<unknown>).value
    );
  }
}
