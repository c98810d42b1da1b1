/**
 * A crew of module workers.
 *
 * @module
 */

import type { Reader } from "../../codec/reader.ts";
import { hold, release } from "../../sync/thread/keep_alive.ts";
import type { Family } from "../../linked/family.ts";
import type { LocalFamily } from "../../linked/local_family.ts";
import { RuntimeClosedError } from "../errors.ts";
import { receiveMail } from "../host/hosting.ts";
import { STARTER } from "../life/control.ts";
import { cutOff } from "../life/cut_off.ts";
import { readFault } from "../life/fault.ts";
import { Runaways } from "../life/runaways.ts";
import { Patience } from "../life/patience.ts";
import type { DisposeFailure } from "../local/dispose_error.ts";
import { FAULT, JOB_MAIL, RUNAWAY } from "../mailbox/frame_kind.ts";
import type { Peer } from "../mailbox/peer.ts";
import { removeBatchRecorder } from "../stats/batch_recorders.ts";
import type { Stats } from "../stats/stats.ts";
import { ThreadTasks } from "../tasks/thread_tasks.ts";
import type { Crew, WorkerReport } from "./crew.ts";
import { endCrew } from "./ending.ts";
import { FamilyLinks } from "./family_links.ts";
import { LossWatch } from "./loss_watch.ts";
import { Recycling } from "./recycling.ts";
import { Resizing } from "./resizing.ts";
import type { HostedWorker } from "./hosted_worker.ts";
import { Staffing } from "./staffing.ts";
import { Starter, type StarterOptions } from "./starter.ts";

/** Workers on threads of their own. */
export class ThreadCrew implements Crew {
  readonly tasks: ThreadTasks;
  readonly #starter: Starter;
  readonly #links: FamilyLinks;
  readonly #staffing: Staffing;
  readonly #resizing: Resizing;
  readonly #recycling: Recycling;
  readonly #runaways: Runaways<HostedWorker>;
  readonly #watch: LossWatch;

  private constructor(options: StarterOptions) {
    const starter = this.#starter = new Starter(
      options,
      (from, kind, frame) => this.#receive(from, kind, frame),
    );
    const { desk, posts, mailbox, functions, injection, waits } = starter;
    this.tasks = new ThreadTasks({
      desk,
      directory: posts,
      mailbox,
      functions,
      injection,
      waits,
      maxQueued: options.maxQueued,
      pause: () => this.#recycling.blocks(),
      overdue: (slot, number) => this.#suspect(slot, STARTER, number),
      lookForTheLost: () => this.#watch.lookNow(),
      observer: options.observer,
    });
    const links = this.#links = new FamilyLinks(starter, this.tasks);
    const staffing = this.#staffing = new Staffing({
      starter,
      links,
      onEnd: () => this.#watch.look(),
    });
    this.#resizing = new Resizing({ starter, staffing, links });
    const { maxHeap } = options;
    const recycling = this.#recycling = new Recycling({
      starter,
      staffing,
      maxHeap,
    });
    staffing.onFull = (worker) => recycling.full(worker);
    const runaways = this.#runaways = new Runaways({
      mailbox,
      running: starter.running,
      isThere: (worker) => starter.workerIn(worker.slot) === worker,
      threadIdOf: ({ index }) => posts.all[index]!.ready?.threadId,
      giveUp: ({ index, slot }) => {
        const threadId = posts.all[index]!.ready?.threadId;
        staffing.lose(slot, "a task went on though its time was up");
        cutOff(threadId);
      },
    });
    this.#watch = new LossWatch({
      starter,
      staffing,
      onTick: () => runaways.look(),
    });
  }

  /** Starts all workers. If one cannot start, none is left. */
  static async start(options: StarterOptions): Promise<ThreadCrew> {
    const crew = new ThreadCrew(options);
    const starts = await Promise.allSettled(
      crew.#starter.posts.all.map((post) => crew.#staffing.fill(post)),
    );
    for (const start of starts) {
      if (start.status !== "rejected") continue;
      await crew.close(new Patience(0));
      throw start.reason;
    }
    return crew;
  }

  get size(): number {
    return this.#starter.fabric.size;
  }

  link(local: LocalFamily<object>): Promise<Family<object>> {
    return this.#links.link(local);
  }

  resize(size: number): Promise<DisposeFailure[]> {
    return this.#resizing.resize(size);
  }

  recycle(worker: number, timeout: number): Promise<void> {
    // Somebody waits for it.
    hold();
    return this.#recycling.recycle(worker, timeout).finally(release);
  }

  stats(): Stats {
    const { desk, fabric, injection, ledger, posts } = this.#starter;
    return ledger.stats({
      starter: STARTER,
      workers: posts.all.map(({ worker, index, pinnedTo }) => ({
        slot: worker?.slot,
        held: desk.held.countFor(index),
        processor: pinnedTo,
      })),
      maxHeap: this.#starter.options.maxHeap,
      injected: injection.size + injection.staged,
      generationOf: (slot) => fabric.generation(slot),
    });
  }

  report(): WorkerReport[] {
    return this.#starter.posts.all.map((post) => post.report());
  }

  async close(patience: Patience): Promise<DisposeFailure[]> {
    const { desk, callbacks, mailbox, posts } = this.#starter;
    this.#staffing.isClosing = true;
    desk.closed = true;
    await patience.within(this.#links.settled());
    await patience.within(this.#resizing.settled());
    await patience.within(this.#recycling.close());
    this.tasks.streams.end();
    const isClosed = () => new RuntimeClosedError("complete call");
    await patience.within(desk.settled(Infinity));
    desk.unbound.withdrawUntaken(isClosed);
    const failures = [
      ...this.#recycling.takeFailures(),
      ...await endCrew(
        this.#starter,
        patience,
        () => this.#links.closeLines(),
      ),
    ];
    desk.rejectAll(isClosed);
    this.#watch.close();
    callbacks.close();
    removeBatchRecorder(mailbox.recorder);
    mailbox.close();
    this.#links.close();
    for (const post of posts.all) post.state = "closed";
    return failures;
  }

  /** What is neither an answer nor about a callback. */
  #receive(from: Peer, kind: number, frame: Reader): void {
    if (kind === JOB_MAIL) return receiveMail(from, kind, frame);
    const number = frame.word();
    if (kind === RUNAWAY) this.#suspect(frame.word(), from.slot, number);
    else if (kind === FAULT) {
      const { reason, error, isStray } = readFault(frame);
      if (isStray === true) this.#starter.followsStrays = true;
      this.#staffing.lose(from.slot, reason, error);
    }
  }

  /** The time of a task is up that the worker in a slot has. */
  #suspect(slot: number, owner: number, number: number): void {
    const worker = this.#starter.workerIn(slot);
    if (worker !== undefined) this.#runaways.suspect(worker, { owner, number });
  }
}
