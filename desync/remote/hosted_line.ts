/**
 * The line of an object on its worker: fed from the queue that all threads share.
 *
 * @module
 */

import { DeadlockError } from "../../sync/lock/lock_errors.ts";
import { Deadline } from "../../sync/thread/timeout.ts";
import { encodeFailure } from "../../workers/host/outcome.ts";
import type { Hosting } from "../../workers/host/hosting.ts";
import { WorkerLostError } from "../../workers/errors.ts";
import type { AnyFunction } from "../../workers/functions/portable.ts";
import { nextTurn } from "../../workers/life/next_turn.ts";
import type { Peer } from "../../workers/mailbox/peer.ts";
import type { Watched } from "../../workers/mailbox/watched_work.ts";
import { JobLine } from "../job_line.ts";
import type { FailurePolicy } from "../ordered.ts";
import type { AnyJob } from "../step.ts";
import { getReady, QUANTUM } from "../turns.ts";
import { type AskedStep, HostedStep } from "./hosted_step.ts";
import { Intake, type IntakeOptions } from "./intake.ts";
import type { JobAsker } from "./job_asker.ts";
import { GateStep, type PlaceHost } from "./place_step.ts";
import { Places } from "./places.ts";
import { OPEN } from "./shared_queue.ts";

/** What a line is told. */
export interface HostedLineOptions extends IntakeOptions {
  /** What each job gets. */
  readonly given: readonly unknown[];
  /** What becomes of the object when a job throws. */
  readonly onFailure: FailurePolicy;
  /** Gets what jobs throw that nobody waits for. */
  readonly onError: AnyFunction | undefined;
  /** Runs last. */
  readonly dispose: AnyJob | undefined;
  /** Is told that nothing is left of it. */
  readonly ended: () => void;
}

/** How long others take at most to ask, in ms; who takes longer was lost meanwhile. */
const TIME_TO_ASK = 100;

/** Jobs of one object that other threads asked for, one at a time. */
export class HostedLine extends JobLine implements PlaceHost, Watched {
  readonly places: Places;
  readonly #options: HostedLineOptions;
  readonly #intake: Intake;
  /** Whether it has got up, and looks at the queue. */
  #isUp = false;
  /** Whether its thread looks at the queue, without a call. */
  #isWatched = false;
  /** What it has taken and cannot run while this thread blocks. */
  #kept: AskedStep | undefined = undefined;
  /** The step that runs, or holds the line. */
  #underWay: AskedStep | undefined = undefined;
  #isClosing = false;
  #poisoned = 0;
  /** Resolved when it finds nothing more to take. */
  #drained = Promise.withResolvers<void>();
  #closed: Promise<void> | undefined = undefined;

  constructor(options: HostedLineOptions) {
    super(options.given, {
      onFailure: options.onFailure,
      // Of what is closed by `dispose`; jobs tell theirs themselves.
      onError: (error) => void Promise.reject(error),
    });
    this.#options = options;
    this.places = new Places(options.hosting);
    this.#intake = new Intake(options, this);
  }

  /** How often the object was made. */
  get life(): number {
    return this.#options.life;
  }

  get functions(): Hosting["functions"] {
    return this.#options.hosting.functions;
  }

  override get hasStep(): boolean {
    return !this.isBusy && (this.#isUp || super.hasStep);
  }

  override runSteps(limit: number): number {
    let steps = 0;
    while (steps < limit && !this.isBusy && (super.hasStep || this.#pull())) {
      steps += super.runSteps(1);
    }
    return steps;
  }

  /** Whether something is in the queue of which it need not be told. */
  get isThere(): boolean {
    return this.#options.queue.hasFrames;
  }

  /** Somebody has called: runs some steps now, and sees to it that the others are run. */
  serve(): void {
    const { mailbox, strays, enterStack } = this.#options.hosting;
    if (!mailbox.blocks) return this.#serve();
    strays.outside(() => {
      const leaveStack = enterStack();
      try {
        this.#serve();
      } finally {
        leaveStack();
      }
    });
  }

  #serve(): void {
    this.getUp();
    if (this.isBusy) return;
    this.runSteps(QUANTUM);
    if (this.hasStep) getReady(this);
  }

  /** Sees to it that what is asked for is run. */
  serveSoon(): void {
    this.getUp();
    if (this.hasStep) getReady(this);
  }

  /** Looks at the queue from now on. */
  getUp(): void {
    if (this.#isUp || this.#intake.isDone) return;
    this.#isUp = true;
    const { queue, hosting } = this.#options;
    if (this.#isWatched) {
      this.#isWatched = false;
      hosting.mailbox.unwatch(this);
    } else queue.getUp();
    hosting.answers.enter();
  }

  /** Its thread looks there no more. */
  rest(): boolean {
    if (this.#options.queue.tryToRest()) {
      this.#isWatched = false;
      return true;
    }
    this.serve();
    return false;
  }

  /**
   * For this thread, which has asked for something: runs what stands before it, and it.
   *
   * @throws {DeadlockError} If that cannot be done on the stack.
   */
  runUntilDone(number: number): void {
    const { slot } = this.#options.hosting.mailbox;
    this.getUp();
    try {
      for (;;) {
        this.checkFree("run job");
        if (super.hasStep || this.#pull()) super.runSteps(1);
        else if (this.#kept === undefined) return;
        else throw blockedBy("an asynchronous job is to run before");
        const asker = this.#underWay?.asker;
        if (
          asker?.number === number && asker.peer?.slot === slot && !this.isBusy
        ) return;
      }
    } finally {
      if (this.hasStep) getReady(this);
    }
  }

  /** @throws {DeadlockError} If a step is under way, which this thread could not end. */
  checkFree(action: string): void {
    if (!this.isBusy) return;
    throw blockedBy(
      this.#underWay?.holds ?? "a job of the same object is running",
      action,
    );
  }

  standStill(): void {
    this.#options.hosting.answers.leave();
  }

  goOn(): void {
    this.#options.hosting.answers.enter();
  }

  report(error: unknown, asker: JobAsker): void {
    const { onError } = this.#options;
    if (onError === undefined) return asker.stray(error);
    try {
      onError(error);
    } catch (another) {
      asker.stray(another);
    }
  }

  /** A job is given up that may be under way. */
  giveUp(from: Peer, number: number, reason: unknown): void {
    const step = this.#underWay;
    if (
      step instanceof HostedStep && step.asker.peer === from &&
      step.asker.number === number
    ) step.giveUp(reason);
  }

  /** Takes no more jobs; resolves when those are done that were asked for. */
  end(): Promise<void> {
    this.#options.queue.close();
    return this.#closed ??= this.#end(() => this.#drain(Infinity));
  }

  /** The same when nobody is left that could send what stands at places. */
  endAlone(): Promise<void> {
    this.places.close();
    return this.end();
  }

  /**
   * The worker goes, and others go on: does what was asked for so far.
   *
   * @param isMadeAgain Whether another worker is to have the object: then the queue stays
   * open, with what was not asked for before.
   */
  leave(isMadeAgain: boolean): Promise<void> {
    const { hosting, queue } = this.#options;
    this.places.leave(() =>
      new WorkerLostError(hosting.worker, "it has ended", {
        started: false,
        label: "job",
      })
    );
    if (!isMadeAgain || queue.phase !== OPEN) return this.end();
    return this.#closed ??= this.#end(async () => {
      await this.#drain(queue.size);
      queue.clearOwner(); // who asks from now on has it made again
      const deadline = new Deadline(TIME_TO_ASK);
      while (!queue.isLeftAlone && !deadline.passed) await nextTurn();
      // What was still asked of this thread, which may have its mail.
      await this.#drain(Infinity, true);
    });
  }

  /** Takes so many frames, or all there are. */
  #drain(most: number, isLast: boolean = false): Promise<void> {
    this.#intake.limit(most, isLast);
    this.#drained = Promise.withResolvers();
    this.#isClosing = true;
    this.#underWay?.lift();
    this.serveSoon();
    return this.#drained.promise;
  }

  async #end(drain: () => Promise<void>): Promise<void> {
    const { queue, dispose } = this.#options;
    try {
      await drain();
      await super.close(dispose);
    } finally {
      // What was asked of a later life is for that, also if nothing more is taken.
      if (queue.phase !== OPEN && queue.size === 0) queue.end();
      this.#options.ended();
    }
  }

  /** Puts the next step of the queue into the line. Returns whether there is one. */
  #pull(): boolean {
    const { hosting } = this.#options;
    const intake = this.#intake;
    for (;;) {
      const step = this.#kept ?? intake.next();
      this.#kept = undefined;
      if (step === undefined) {
        if (!this.#isUp) return false;
        hosting.mailbox.flush(); // somebody may wait for what was done
        if (intake.wantsMore) {
          this.#isWatched = !this.#isClosing && hosting.mailbox.watch(this);
          if (!this.#isWatched && !intake.tryToRest()) continue;
          intake.isDone = this.#isClosing;
        }
        this.#isUp = false;
        if (this.#isClosing) this.#drained.resolve();
        hosting.answers.leave();
        return false;
      }
      if (hosting.mailbox.blocks && !step.isSync) {
        this.#kept = step;
        return false;
      }
      if (this.isPoisoned && !(step instanceof GateStep)) {
        step.dropped(() => this.refusal("run job"));
        continue;
      }
      if (this.#isClosing) step.lift();
      this.#underWay = step;
      this.append(step);
      return true;
    }
  }

  finished(): void {
    this.#options.queue.done();
  }

  failing(cause: unknown): void {
    const { hosting, queue, onFailure } = this.#options;
    if (onFailure !== "poison") return;
    const { scratch } = hosting.desk;
    const out = scratch.take();
    encodeFailure(out, cause);
    if (out.hasAttachments) out.drop();
    queue.poison(out, ++this.#poisoned);
    scratch.give(out);
  }

  protected override onPoison(): void {
    this.#intake.drop(() => this.refusal("run job"));
  }
}

function blockedBy(why: string, action: string = "run job"): DeadlockError {
  return new DeadlockError(
    `Cannot ${action} while this thread is blocked as ${why}: await a future instead`,
  );
}
