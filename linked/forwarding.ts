/**
 * Calls whose results nobody waits for.
 *
 * @module
 */

import type { Caller } from "./caller.ts";
import type { Forwarded } from "./remote.ts";
import type { Signature } from "./signature.ts";
import { stubMaker } from "./stub.ts";
import { WorkerChoice } from "./worker_choice.ts";

/** Options of `family.forward()`. */
export interface ForwardOptions {
  /**
   * Is told why a call failed, on this thread. Default: the error is an unhandled
   * rejection, as that of a promise that nobody awaits.
   */
  readonly onFailure?: (error: unknown) => void;
}

/** What forwarding needs. */
export interface ForwardingParts extends ForwardOptions {
  /** The name of the family. */
  readonly name: string;
  /** Its methods, by their numbers. */
  readonly methods: readonly Signature[];
  /** Carries the calls. */
  readonly caller: Caller;
}

/**
 * The instances of a family, to be called without waiting: methods return nothing,
 * and no result is sent. Made by `family.forward()`.
 *
 * A call that is forwarded runs in order with all other calls of this thread to that
 * instance, and a runtime that is closed waits for it.
 *
 * @example Usage
 * ```ts
 * import { Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 * import { hits } from "../examples/hits.ts";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const family = await runtime.link(hits);
 * const forward = family.forward();
 * for (let k = 0; k < 5; k++) forward.forKey("Ada").hit();
 * assertEquals(await family.forKey("Ada").local(), 5);
 * ```
 *
 * @typeParam T The type of the instances.
 */
export class Forwarding<T extends object> extends WorkerChoice<Forwarded<T>> {
  readonly #all: Forwarded<T>;

  /** Made by `family.forward()`. */
  constructor(parts: ForwardingParts) {
    const { name, methods, caller, onFailure = leaveUnhandled } = parts;
    const make = stubMaker(name, methods.map(({ name }) => name), refuse);
    const forward = (
      workers: readonly number[],
      method: number,
      args: unknown[],
    ) => {
      if (methods[method]!.isStream) {
        throw new TypeError(
          `Cannot forward '${
            methods[method]!.name
          }' of '${name}' as it is a generator, which runs only as it is read`,
        );
      }
      caller.forward({ workers, method, args, onFailure });
    };
    super(caller, (worker) => {
      const workers = [worker];
      return make((method, args) =>
        forward(workers, method, args)
      ) as Forwarded<T>;
    });
    this.#all = make((method, args) =>
      forward(Array.from({ length: caller.size }, (_, k) => k), method, args)
    ) as Forwarded<T>;
  }

  /** The instances of all workers: if one of them cannot take a call, none gets it. */
  all(): Forwarded<T> {
    return this.#all;
  }
}

function leaveUnhandled(error: unknown): void {
  Promise.reject(error);
}

function refuse(error: Error): never {
  throw error;
}
