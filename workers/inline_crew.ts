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

// deno-lint-ignore no-explicit-any
type Method = (...args: any[]) => unknown;

/** Instances on the calling thread. */
export class InlineCrew implements Crew {
  readonly size: number;
  #closed = false;
  readonly #underWay = new Set<Promise<unknown>>();

  /** Makes a crew of so many. */
  constructor(size: number) {
    this.size = size;
  }

  // deno-lint-ignore require-await -- errors are rejections, as with threads
  async link(family: LocalFamily<object>): Promise<LinkedParts> {
    const { name } = family.handle; // which checks that it could be sent
    const instances = Array.from(
      { length: this.size },
      () => family.create() as Record<string, Method>,
    );
    const methods = methodsOf(name, instances[0]!);
    const pending = new Array<number>(this.size).fill(0);
    const caller: Caller = {
      size: this.size,
      pick: () => pending.indexOf(Math.min(...pending)),
      call: (worker, method, args) => {
        if (this.#closed) {
          return Promise.reject(new RuntimeClosedError(`call '${name}'`));
        }
        pending[worker]!++;
        const answer = run(
          instances[worker]!,
          methods[method]!,
          args,
          `'${name}.${methods[method]}'`,
        ).finally(() => {
          pending[worker]!--;
          this.#underWay.delete(answer);
        });
        this.#underWay.add(answer);
        return answer.then(undefined, addLocalStack);
      },
    };
    return { methods, caller };
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
      pinningFailure: undefined,
    }));
  }

  async close(timeout: number): Promise<void> {
    this.#closed = true;
    const all = Promise.allSettled(this.#underWay);
    if (timeout === Infinity) return void await all;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeout);
    });
    await Promise.race([all, end]);
    clearTimeout(timer);
  }
}

async function run(
  instance: Record<string, Method>,
  method: string,
  args: unknown[],
  label: string,
): Promise<unknown> {
  const out = new Writer(256);
  encodeArguments(out, args);
  const copies = decodeArguments(read(out));
  await undefined; // the call starts after this turn, as on another thread
  const answer = new Writer(256);
  try {
    const result = await instance[method]!(...copies);
    encode(answer, result, `result of ${label}`);
  } catch (error) {
    const failure = new Writer(256);
    encode(failure, error, `error of ${label}`);
    throw decode(read(failure));
  }
  return decode(read(answer));
}

function read(out: Writer): Reader {
  return Reader.of(out.bytes.subarray(0, out.byteLength));
}
