/**
 * A crew without threads: its workers are turns of the calling thread's event
 * loop. Same order, same copies, same errors.
 *
 * @module
 */

import { decode, decodeArguments } from "../codec/decode.ts";
import { encode, encodeArguments } from "../codec/encode.ts";
import { Reader } from "../codec/reader.ts";
import { Writer } from "../codec/writer.ts";
import type { Caller } from "../linked/caller.ts";
import type { LocalFamily } from "../linked/local_family.ts";
import { methodsOf } from "../linked/methods.ts";
import type { Crew, LinkedParts, WorkerReport } from "./crew.ts";
import { addLocalStack, RuntimeClosedError } from "./errors.ts";
import {
  encodeFailure,
  type Method,
  methodTable,
  resultOf,
} from "./outcome.ts";
import { within } from "./within.ts";

interface Hosted {
  readonly instance: object;
  readonly methods: readonly Method[];
}

/** Instances on the calling thread. */
export class InlineCrew implements Crew {
  readonly size: number;
  #closed = false;
  readonly #underWay = new Map<Promise<unknown>, (reason: Error) => void>();

  /** Makes a crew of so many. */
  constructor(size: number) {
    this.size = size;
  }

  // deno-lint-ignore require-await -- errors are rejections, as with threads
  async link(family: LocalFamily<object>): Promise<LinkedParts> {
    const { name } = family.definition;
    const instances = Array.from(
      { length: this.size },
      () => family.copy().here,
    );
    const names = methodsOf(name, instances[0]!);
    const hosted: Hosted[] = instances.map((instance) => ({
      instance,
      methods: methodTable(instance, names),
    }));
    const load = new Array<number>(this.size).fill(0);
    const caller: Caller = {
      size: this.size,
      pick: () => load.indexOf(Math.min(...load)),
      call: async (worker, method, args) => {
        if (this.#closed) throw new RuntimeClosedError("call");
        load[worker]!++;
        try {
          const label = resultOf(name, names[method]!);
          return await this.#run(hosted[worker]!, method, args, label);
        } finally {
          load[worker]!--;
        }
      },
    };
    return { methods: names, caller };
  }

  report(): WorkerReport[] {
    return Array.from({ length: this.size }, (_, index) => ({
      index,
      state: this.#closed ? "closed" : "running",
      processor: undefined,
      affinity: undefined,
      pinned: false,
      threadId: undefined,
      replaced: 0,
      lastLoss: undefined,
      failure: undefined,
      pinningFailure: undefined,
    }));
  }

  async close(timeout: number): Promise<void> {
    this.#closed = true;
    if (await within(Promise.allSettled(this.#underWay.keys()), timeout)) {
      return;
    }
    for (const reject of this.#underWay.values()) {
      reject(new RuntimeClosedError("complete call"));
    }
  }

  /** Runs a call, unless the runtime is closed before it ends. */
  async #run(
    { instance, methods }: Hosted,
    method: number,
    args: unknown[],
    label: string,
  ): Promise<unknown> {
    const call = new Writer(256);
    encodeArguments(call, args);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#underWay.set(promise, reject);
    run(instance, methods[method]!, read(call), label).then(resolve, reject);
    try {
      return await promise.then(undefined, addLocalStack);
    } finally {
      this.#underWay.delete(promise);
    }
  }
}

/** Runs a method on copies, and gives a copy of what it comes to. */
async function run(
  instance: object,
  method: Method,
  call: Reader,
  label: string,
): Promise<unknown> {
  await undefined; // the call starts after this turn, as on another thread
  const out = new Writer(256);
  try {
    const result = await method.apply(instance, decodeArguments(call));
    encode(out, result, label);
  } catch (error) {
    out.length = 0;
    encodeFailure(out, error);
    throw decode(read(out));
  }
  return decode(read(out));
}

function read(out: Writer): Reader {
  return Reader.of(out.bytes.subarray(0, out.byteLength));
}
