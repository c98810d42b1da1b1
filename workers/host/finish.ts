/**
 * How a worker finishes: it says when it has nothing to do, and ends when it is
 * asked to.
 *
 * @module
 */

import { TICK } from "../../sync/thread/keep_alive.ts";
import { currentThread } from "../../sync/thread/thread.ts";
import { Barrier } from "../../sync/waiting/barrier.ts";
import {
  type DrainMessage,
  type RelieveMessage,
  type ShutdownMessage,
  STARTER,
} from "../life/control.ts";
import { closeHome } from "../local/current_home.ts";
import { sendableFailures } from "../local/dispose_error.ts";
import type { Home } from "../local/home.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { Outlets } from "../streams/outlets.ts";
import type { Answers } from "./answers.ts";
import type { Instances } from "./instances.ts";
import type { LastWords } from "./last_words.ts";
import type { Member } from "./member.ts";

/** So many ticks without an item: nobody reads on. */
const STILL = 4;

/** What finishing needs. */
export interface FinishOptions {
  /** The index of this worker. */
  readonly worker: number;
  /** Its mailbox. */
  readonly mailbox: Mailbox;
  /** What it still has to answer. */
  readonly answers: Answers;
  /** The streams that run here. */
  readonly outlets: Outlets;
  /** What it hosts. */
  readonly instances: Instances;
  /** Its own calls. */
  readonly member: Member;
  /** What it owns. */
  readonly home: Home;
  /** What it would say otherwise. */
  readonly lastWords: LastWords;
  /** Ends this thread. */
  readonly close: () => void;
}

/** The end of this worker. */
export class Finish {
  readonly #options: FinishOptions;
  /** How much had begun when it was asked last. */
  #told = 0;

  /** Not yet. */
  constructor(options: FinishOptions) {
    this.#options = options;
  }

  /** Ends what is done here that nobody calls for, or waits until it goes on. */
  async relieve({ type, call }: RelieveMessage): Promise<void> {
    const { answers, home, mailbox } = this.#options;
    const { duties } = home;
    const hadDuties = !duties.isEmpty;
    await (type === "relieve" ? duties.end() : duties.begun());
    answers.value(mailbox.peer(STARTER), call, hadDuties, "relief");
  }

  /** Says, once nothing runs here, how much began since this was asked last. */
  async drain({ call }: DrainMessage): Promise<void> {
    const { answers, home, mailbox } = this.#options;
    await home.duties.end();
    await this.#idle();
    const { begun } = answers;
    const starter = mailbox.peer(STARTER);
    answers.value(starter, call, begun - this.#told, "activity");
    this.#told = begun;
  }

  /** Lets go of everything, and ends this thread. */
  async shutDown(message: ShutdownMessage): Promise<void> {
    const { worker, mailbox, answers, instances, member, home } = this.#options;
    await home.duties.end();
    await this.#idle();
    mailbox.unbound.close();
    mailbox.flush();
    try {
      // Nobody lets go of what others may still refer to before all are done.
      await Barrier.from(message.barrier).waitAsync();
    } catch {
      // A thread was lost on the way: it refers to nothing any more.
    }
    const { commons, isEmpty } = home;
    if (!message.alone) commons.close();
    member.desk.closed = true; // who would answer is about to end, too
    await instances.leaveSiblings();
    commons.setDisposing(worker, !isEmpty);
    await closeHome(home);
    commons.setDisposing(worker, false);
    const failures = sendableFailures(home.takeFailures());
    const starter = mailbox.peer(STARTER);
    answers.value(starter, message.call, failures, "failures");
    this.#options.lastWords.hush();
    instances.clear();
    const { threads, id } = currentThread();
    threads.leave(id);
    member.close();
    mailbox.close();
    this.#options.close();
  }

  /** Resolves when nothing runs here, and nobody was asked for anything. */
  async #idle(): Promise<void> {
    const { answers, outlets, member } = this.#options;
    let activity = -1;
    let still = 0;
    const look = setInterval(() => {
      // Who is gone reads no further, and ends nothing.
      outlets.endLost();
      // Nothing but generators: they may be those that tasks of this very worker
      // have left open.
      const { size } = outlets;
      if (size === 0 || size !== answers.running) return;
      still = activity === outlets.activity ? still + 1 : 0;
      activity = outlets.activity;
      if (still >= STILL) member.endStreams();
    }, TICK);
    while (answers.running > 0 || !member.desk.isSettled) {
      await answers.idle();
      member.endStreams();
      await member.desk.settled(Infinity);
    }
    clearInterval(look);
  }
}
