/**
 * Finding tasks that keep their worker from everything else though their time is up.
 *
 * @module
 */

import { encode } from "../../codec/encode.ts";
import { Writer } from "../../codec/writer.ts";
import type { RunningWords, TaskOnStack } from "../fabric/running_words.ts";
import { CANCEL } from "../mailbox/frame_kind.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { Peer } from "../mailbox/peer.ts";
import { Chance } from "./starvation.ts";

/** How long a worker may take to react when the time of a task is up, in ms. */
const TIME_TO_REACT = 25;

/** A worker that has a task whose time is up. */
export interface Suspect {
  /** Its slot. */
  readonly slot: number;
}

/** What is done about such tasks. */
export interface RunawaysOptions<W extends Suspect> {
  /** Asks workers whether they react. */
  readonly mailbox: Mailbox;
  /** What they say that they do. */
  readonly running: RunningWords;
  /** Whether a worker is not lost. */
  readonly isThere: (worker: W) => boolean;
  /** The operating system's id of its thread, where known. */
  readonly threadIdOf: (worker: W) => number | undefined;
  /** Gives a worker up. */
  readonly giveUp: (worker: W) => void;
}

/** The tasks whose time is up. */
export class Runaways<W extends Suspect> {
  readonly #options: RunawaysOptions<W>;
  /** Workers where all that is under way is late, and which react so far. */
  readonly #late = new Map<W, Question>();

  /** None yet. */
  constructor(options: RunawaysOptions<W>) {
    this.#options = options;
  }

  /**
   * The time of a task is up, and its worker was told. If the task lets it do nothing
   * else, even so, the worker is given up.
   */
  suspect(worker: W, task: TaskOnStack): void {
    const { running, isThere, giveUp } = this.#options;
    const question = this.#ask(worker);
    const look = (): void => {
      if (!isThere(worker)) return;
      const { slot } = worker;
      const isOnStack = running.isRunning(slot, task);
      if (!isOnStack && !running.isAllLate(slot)) return;
      if (!isOnStack && question.isAnswered) {
        this.#late.set(worker, this.#ask(worker)); // it may not react later
      } else if (question.hadChance) giveUp(worker);
      else setTimeout(look, TIME_TO_REACT);
    };
    setTimeout(look, TIME_TO_REACT);
  }

  /** While somebody waits, every now and then: does everybody react? */
  look(): void {
    const { running, isThere, giveUp } = this.#options;
    for (const [worker, question] of [...this.#late]) {
      if (!isThere(worker) || !running.isAllLate(worker.slot)) {
        this.#late.delete(worker);
      } else if (question.isAnswered) {
        this.#late.set(worker, this.#ask(worker));
      } else if (question.hadChance) {
        this.#late.delete(worker);
        giveUp(worker);
      }
    }
  }

  #ask(worker: W): Question {
    const { mailbox, threadIdOf } = this.#options;
    return new Question(mailbox, worker.slot, threadIdOf(worker));
  }
}

/** Whether a worker takes a frame that means nothing, or what is before it. */
class Question {
  readonly #peer: Peer;
  readonly #end: number;
  readonly #chance: Chance;

  constructor(mailbox: Mailbox, slot: number, threadId: number | undefined) {
    const out = new Writer(16);
    out.word(0); // no task has this number
    encode(out, undefined, "reason");
    out.word(0);
    mailbox.sendNow(slot, CANCEL, out);
    this.#peer = mailbox.peer(slot);
    // While it waits for room, somebody has to take what fills the ring.
    this.#end = this.#peer.end;
    this.#chance = new Chance(threadId);
  }

  /** Whether it was taken, or what filled the ring. */
  get isAnswered(): boolean {
    return this.#peer.hasTaken(this.#end);
  }

  /** Whether the thread could have taken it. */
  get hadChance(): boolean {
    return this.#chance.was;
  }
}
