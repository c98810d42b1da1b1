/**
 * One instance per thread, for as long as somebody has a handle of it.
 *
 * @module
 */

import { NotHereError } from "../codec/not_here_error.ts";
import { KIND, registerPortable } from "../codec/portable_kind.ts";
import { CorruptFrameError } from "../codec/reader.ts";
import { sentFields } from "../codec/sent_fields.ts";
import { familiesOf } from "./home_families.ts";
import { InstanceHandle } from "./instance_handle.ts";
import { instanceHome } from "./instance_home.ts";
import { PerThread } from "./per_thread.ts";

let perThreadOf: (perThread: InstancePerThread<object>) => PerThread;

/**
 * Gives handles of this thread's one instance of a family: the same instance for all
 * of them. After the last handle the instance is disposed, and the next one is of a
 * fresh instance, with none of the former one's state: keep a handle for as long as
 * that is to stay. `family.here` stays by itself.
 *
 * It can be sent to threads that have the family: to all workers of a runtime that it
 * is linked to. There it gives handles of the instance of that thread.
 *
 * After `InstancePerThread` of Rust's `linked` (https://crates.io/crates/linked).
 *
 * @example Usage
 * ```ts
 * import { assertEquals, assertStrictEquals } from "@std/assert";
 * import { hits } from "../examples/hits.ts";
 *
 * const perThread = hits.family().instancePerThread();
 * using one = perThread.acquire();
 * using other = perThread.clone().acquire();
 * assertStrictEquals(one.value, other.value);
 * assertEquals(one.value.hit(), 1);
 * ```
 *
 * @typeParam T The type of the instances.
 */
export class InstancePerThread<T extends object> {
  /** Only for the compiler: it can be sent. */
  declare readonly "~sendable": true;
  /** Never there: keeps the type of the instances. */
  declare readonly type?: T;
  readonly #perThread: PerThread;

  static {
    perThreadOf = (perThread) => perThread.#perThread;
  }

  /** Made by `LocalFamily.instancePerThread()`. */
  constructor(perThread: PerThread) {
    this.#perThread = perThread;
  }

  /** Whether there is an instance at the moment: whether somebody has a handle of it. */
  get isHeld(): boolean {
    return this.#perThread.isHeld;
  }

  /**
   * A handle of this thread's instance, which is made if there is none.
   *
   * @throws {TypeError} If `create` gives no instance.
   * @throws What `create` throws.
   */
  acquire(): InstanceHandle<T> {
    return new InstanceHandle<T>(this.#perThread.acquire());
  }

  /** Another one that gives handles of the same instance. */
  clone(): InstancePerThread<T> {
    return new InstancePerThread<T>(this.#perThread);
  }
}

/** What is sent instead of one. */
interface SentPerThread {
  /** The name of the family, for errors. */
  readonly name: string;
  /** The family. */
  readonly family: string;
  /** Which of the family's it is. */
  readonly id: string;
}

registerPortable<InstancePerThread<object>, SentPerThread>({
  number: KIND.INSTANCE_PER_THREAD,
  is: (value) => value instanceof InstancePerThread,
  encode: (value) => {
    const perThread = perThreadOf(value);
    const { family } = perThread;
    const { id, home, definition: { name } } = family;
    familiesOf(home).name(id, family);
    return { name, family: id, id: perThread.id };
  },
  decode: (sent) => {
    if (!isWhole(sent)) {
      throw new CorruptFrameError(
        "Cannot receive what gives instances as it is incomplete",
      );
    }
    const { name, family, id } = sent;
    const known = familiesOf(instanceHome()).named(family);
    if (known !== undefined) {
      return new InstancePerThread(PerThread.named(known, id));
    }
    throw new NotHereError(
      `Cannot receive what gives instances of '${name}' on this thread as the family is not here: link it to the runtime, or attach to it`,
    );
  },
});

function isWhole(sent: unknown): sent is SentPerThread {
  const { name, family, id } = sentFields<SentPerThread>(sent);
  return [name, family, id].every((part) => typeof part === "string");
}
