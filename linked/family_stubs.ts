/**
 * What stands for the instances of a family where they are called.
 *
 * @module
 */

import type { Caller } from "./caller.ts";
import { PartialFailureError } from "./errors.ts";
import type { Remote, RemoteAll } from "./remote.ts";
import type { Signature } from "./signature.ts";
import { type StubMaker, stubMaker } from "./stub.ts";

/** Makes what stands for one instance, or for all. */
export class FamilyStubs<T extends object> {
  /** What stands for all instances. */
  readonly all: RemoteAll<T>;
  readonly #name: string;
  readonly #methods: readonly Signature[];
  readonly #caller: Caller;
  readonly #make: StubMaker;

  /** @param name The name of the family. */
  constructor(name: string, methods: readonly Signature[], caller: Caller) {
    this.#name = name;
    this.#methods = methods;
    this.#caller = caller;
    this.#make = stubMaker(name, methods.map(({ name }) => name));
    this.all = this.#make((method, args) =>
      methods[method]!.isStream
        ? this.#workers.map((worker) => this.#stream(worker, method, args))
        : this.#callAll(method, args)
    ) as RemoteAll<T>;
  }

  /** Makes what stands for the instance of a worker. */
  one(worker: number): Remote<T> {
    const methods = this.#methods;
    const caller = this.#caller;
    return this.#make((method, args) =>
      methods[method]!.isStream
        ? this.#stream(worker, method, args)
        : caller.call(worker, method, args)
    ) as Remote<T>;
  }

  #stream(
    worker: number,
    method: number,
    args: unknown[],
  ): AsyncIterableIterator<unknown> {
    const label = `${this.#name}.${this.#methods[method]!.name}`;
    return this.#caller.stream(label, worker, method, args);
  }

  async #callAll(method: number, args: unknown[]): Promise<unknown[]> {
    const results = await Promise.allSettled(
      this.#workers.map((worker) => this.#caller.call(worker, method, args)),
    );
    if (results.some((result) => result.status === "rejected")) {
      const { name } = this.#methods[method]!;
      throw new PartialFailureError(`${this.#name}.${name}`, results);
    }
    return results.map((result) =>
      (result as PromiseFulfilledResult<unknown>).value
    );
  }

  get #workers(): number[] {
    return Array.from({ length: this.#caller.size }, (_, worker) => worker);
  }
}
