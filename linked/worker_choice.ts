/**
 * Which instance a call goes to.
 *
 * @module
 */

import type { Caller } from "./caller.ts";

/** A NUMA node: its id, or the affinity of something that lives on it. */
export type NearNode = number | { readonly nodeId?: number } | "unknown";

/** Chooses among the instances of a family. */
export class WorkerChoice<R> {
  readonly #caller: Caller;
  readonly #make: (worker: number) => R;
  /** Made as they are asked for: workers may be added. */
  readonly #made: R[] = [];

  /**
   * Made by a family.
   *
   * @param make What stands for the instance of a worker.
   */
  constructor(caller: Caller, make: (worker: number) => R) {
    this.#caller = caller;
    this.#make = make;
  }

  /**
   * The instance of some worker: one with the fewest calls of this thread under way;
   * of these one that runs beside the caller rather than one that waits for its
   * processor.
   */
  any(): R {
    return this.#of(this.#caller.picker.pick());
  }

  /**
   * The instance of the worker that has least to do, whoever asked for it: of all
   * calls and tasks that run or wait there, as the threads counted them a moment ago.
   */
  leastLoaded(): R {
    return this.#of(this.#caller.picker.leastLoaded());
  }

  /** The instance of one worker after the other, in the order of this thread's calls. */
  roundRobin(): R {
    return this.#of(this.#caller.picker.nextInTurn());
  }

  /**
   * The instance for a key: on every thread the same for the same key, as long as
   * there are as many workers.
   *
   * @throws {TypeError} If the key is no string and no number.
   */
  forKey(key: string | number): R {
    if (typeof key !== "string" && typeof key !== "number") {
      throw new TypeError(
        `Cannot choose instance as 'key' must be a string or a number: received ${
          key === null ? "null" : typeof key
        }`,
      );
    }
    return this.#of(this.#caller.picker.forKey(key));
  }

  /**
   * An instance on a NUMA node: see `Family.near()`.
   *
   * @throws {RangeError} If the node is no integer from 0 on.
   */
  near(node?: NearNode): R {
    const isAffinity = typeof node === "object" && node !== null;
    const id = isAffinity ? node.nodeId : node;
    // An affinity that does not say where that is.
    if (id === "unknown" || (isAffinity && id === undefined)) return this.any();
    if (id !== undefined && !(Number.isInteger(id) && id >= 0)) {
      throw new RangeError(
        `Cannot choose instance as 'node' must be the id of a node: received ${
          String(id)
        }`,
      );
    }
    return this.#of(this.#caller.picker.near(id));
  }

  /**
   * The instance of one worker.
   *
   * @throws {RangeError} If there is no such worker.
   */
  on(worker: number): R {
    const { size } = this.#caller;
    if (!(Number.isInteger(worker) && worker >= 0 && worker < size)) {
      throw new RangeError(
        `Cannot call worker ${
          String(worker)
        } as there is none: expected an index from 0 to ${size - 1}`,
      );
    }
    return this.#of(worker);
  }

  #of(worker: number): R {
    return this.#made[worker] ??= this.#make(worker);
  }
}
