/**
 * Workers that are to be replaced end their duties, one of them at a time.
 *
 * @module
 */

import type { HostedWorker } from "./hosted_worker.ts";
import type { Post } from "./post.ts";
import type { Starter } from "./starter.ts";

/** How long a new worker may take until it does what the former one did, in ms. */
const TIME_TO_BEGIN = 10_000;

/** What a promise gives; undefined if so many ms are over before, or all is. */
type UnlessOver = <T>(
  promise: Promise<T>,
  time: number,
) => Promise<T | undefined>;

/** Relieves workers of what they do that nobody calls for. */
export class Relief {
  readonly #starter: Starter;
  readonly #unlessOver: UnlessOver;
  /** Resolves when nobody is relieved. */
  #relieved: Promise<void> = Promise.resolve();

  /** Nobody is. */
  constructor(starter: Starter, unlessOver: UnlessOver) {
    this.#starter = starter;
    this.#unlessOver = unlessOver;
  }

  /**
   * Lets a worker end its duties. Until then it can be called: who calls there may be what
   * it waits for. One worker at a time: the others do the same, and go on with it until the
   * next one does.
   *
   * @param timeout How long that may take, in ms.
   * @returns To be called when it is replaced; undefined: it had none.
   */
  async relieve(
    post: Post,
    worker: HostedWorker,
    timeout: number,
  ): Promise<(() => Promise<void>) | undefined> {
    const former = this.#relieved;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#relieved = promise;
    if (timeout > 0) await this.#unlessOver(former, timeout);
    // Who is lost, or late, is relieved as well.
    const hadDuties = await this.#unlessOver(
      this.#ask(worker, "relieve"),
      timeout,
    ).catch(() => true) !== false;
    if (hadDuties) return () => this.#begun(post).finally(resolve);
    resolve();
    return undefined;
  }

  /** The next worker of a post does what the former one did, or there is none. */
  async #begun(post: Post): Promise<void> {
    try {
      // It may have been lost on the way, and the next one, too.
      for (let filling; filling !== post.filling;) {
        await (filling = post.filling);
      }
      const { worker, state } = post;
      if (worker === undefined || state !== "running") return;
      await this.#unlessOver(this.#ask(worker, "begin"), TIME_TO_BEGIN);
    } catch {
      // Lost again.
    }
  }

  #ask(worker: HostedWorker, type: "relieve" | "begin"): Promise<unknown> {
    return this.#starter.ask(worker, (call) => worker.send({ type, call }));
  }
}
