/**
 * How a thread reaches the owner of an object.
 *
 * @module
 */

import type { Writer } from "../../codec/writer.ts";
import { hostingHere } from "../../workers/host/hosting.ts";
import type { ThreadId } from "../../sync/thread/thread.ts";
import { JOB_MAIL, JOBS } from "../../workers/mailbox/frame_kind.ts";
import type {
  ThreadTasks,
  ThreadTasksOptions,
} from "../../workers/tasks/thread_tasks.ts";
import type { HostedLine } from "./hosted_line.ts";
import { hostedLine } from "./hosted_objects.ts";
import { type ObjectPlan, queueOf } from "./host_object.ts";
import { HEAD, nextAfter } from "./job_frame.ts";
import { SharedQueue } from "./shared_queue.ts";

/** The numbers of a piece of mail, and for whom it is. */
export interface MailHead {
  /** What it is about. */
  readonly number?: number;
  /** By what its answer is awaited. */
  readonly asked?: number;
  /** Another place, of that kind. */
  readonly inner?: { readonly place: number; readonly kind: number };
  /** Who is to get it, and nobody else; default: whoever has the object's worker. */
  readonly to?: ThreadId | undefined;
}

/** The way to an owner, and the queue on it. */
export class OwnerLink {
  /** What all threads know of the object. */
  readonly plan: ObjectPlan;
  /** What asks workers. */
  readonly port: ThreadTasks;
  /** What it uses for that. */
  readonly parts: ThreadTasksOptions;
  /** What waits for the owner. */
  readonly queue: SharedQueue;
  /** Whether this thread may be the owner. */
  readonly #isHome: boolean;

  /** Attaches to the queue of an object. */
  constructor(plan: ObjectPlan, port: ThreadTasks) {
    this.plan = plan;
    this.port = port;
    this.parts = port.parts;
    this.queue = new SharedQueue(queueOf(plan), plan);
    this.#isHome = hostingHere()?.worker === plan.worker;
  }

  /** The line of the object, if this thread has it. */
  get here(): HostedLine | undefined {
    return this.#isHome ? hostedLine(this.plan.key) : undefined;
  }

  /** The slot of the owner; -1: it is gone. */
  get slot(): number {
    const { directory } = this.parts;
    const { worker } = this.plan;
    const slot = directory.slotOf(worker);
    return slot >= 0 && directory.threadOf(worker) === this.queue.owner
      ? slot
      : -1;
  }

  /** The slot of a thread, if it is still the object's worker; else -1. */
  slotOf(thread: ThreadId): number {
    const { directory } = this.parts;
    const { worker } = this.plan;
    const slot = directory.slotOf(worker);
    return slot >= 0 && directory.threadOf(worker) === thread ? slot : -1;
  }

  /**
   * The slot of the owner, which lets go of the object only after `queue.leave()`. If it is
   * negative the owner is gone, there is nothing to leave, and it says of whom is asked
   * what is asked now: see {@linkcode nextAfter}.
   */
  enter(): number {
    const { queue } = this;
    const life = queue.enter();
    const { slot } = this;
    if (slot >= 0) return slot;
    queue.leave();
    return nextAfter(life);
  }

  /**
   * Tells the owner in a slot that something waits, unless it knows.
   *
   * @returns Whether it is there; if not, the next one has to see to what waits.
   */
  call(slot: number): boolean {
    const { here } = this;
    if (here !== undefined) {
      here.serveSoon();
      return true;
    }
    if (!this.queue.mustCall()) return true;
    if (this.slot !== slot) return false;
    const { desk, mailbox } = this.parts;
    const { generation, place } = this.plan.key;
    const out = desk.scratch.take();
    out.word(generation);
    out.word(place);
    mailbox.sendNow(slot, JOBS, out);
    desk.scratch.give(out);
    return true;
  }

  /** Sends something, unless who is to get it is gone. */
  mail(
    what: number,
    head: MailHead,
    write?: (out: Writer) => void,
  ): void {
    const { scratch } = this.parts.desk;
    const out = scratch.take();
    try {
      for (let k = 0; k < HEAD; k++) out.word(0);
      write?.(out);
      this.send(what, head, out);
    } catch (error) {
      out.drop();
      throw error;
    } finally {
      scratch.give(out);
    }
  }

  /** The same with what was written behind a head. */
  send(
    what: number,
    { number = 0, asked = 0, inner, to }: MailHead,
    out: Writer,
  ): void {
    const { mailbox, directory } = this.parts;
    const { key: { generation, place }, worker } = this.plan;
    const { place: other = 0, kind = 0 } = inner ?? {};
    out.words.set([what, generation, place, number, asked, other, kind]);
    const slot = to === undefined ? directory.slotOf(worker) : this.slotOf(to);
    if (slot >= 0) mailbox.sendNow(slot, JOB_MAIL, out);
    else out.drop(); // with what it is for
  }
}
