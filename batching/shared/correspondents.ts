/**
 * All threads that push into a lane, as its worker knows them.
 *
 * @module
 */

import { currentThread, type ThreadId } from "../../sync/thread/thread.ts";
import type { AnswerList } from "./answers.ts";
import { Correspondent } from "./correspondent.ts";
import { sentReason } from "./sendable.ts";

/** Who is told what, and what nobody was told yet. */
export class Correspondents {
  readonly #known = new Map<ThreadId, Correspondent>();
  /** What processors threw when everybody had an answer. */
  readonly #late: unknown[] = [];
  readonly #addLate = (answers: AnswerList): void => {
    for (const reason of this.takeLate()) answers.late(reason);
  };
  #closed: { readonly reason: unknown } | undefined;

  /** What is to be told to a thread. */
  of(thread: ThreadId): Correspondent {
    let one = this.#known.get(thread);
    if (one === undefined) {
      this.#forgetLost();
      one = new Correspondent(this.#addLate);
      if (this.#closed !== undefined) one.close(this.#closed.reason);
      this.#known.set(thread, one);
    }
    return one;
  }

  /** Something failed, and nobody waits who could learn it: any thread is told. */
  late(reason: unknown): void {
    this.#late.push(sentReason(reason));
  }

  /** Gives what nobody was told. */
  takeLate(): unknown[] {
    return this.#late.splice(0);
  }

  /** What has no answer now will get none. */
  close(reason: unknown): void {
    this.#closed = { reason };
    for (const one of this.#known.values()) one.close(reason);
  }

  /** Nobody asks any more for what threads were to be told that have ended. */
  #forgetLost(): void {
    const { threads } = currentThread();
    for (const thread of this.#known.keys()) {
      if (!threads.isLive(thread)) this.#known.delete(thread);
    }
  }
}
