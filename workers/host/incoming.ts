/**
 * What others ask of a worker: which of its frames runs, where, and when.
 *
 * @module
 */

import { MissingExportsError } from "../../codec/missing_exports_error.ts";
import type { Reader } from "../../codec/reader.ts";
import { NORMAL, URGENT } from "../../sync/mail/injector.ts";
import type { Injection } from "../injection/injection.ts";
import {
  CALL,
  CANCEL,
  JOB_MAIL,
  JOBS,
  PULL,
  TASK,
} from "../mailbox/frame_kind.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { Peer } from "../mailbox/peer.ts";
import type { Outlets } from "../streams/outlets.ts";
import { URGENT as IS_URGENT } from "../tasks/task_frame.ts";
import type { TaskHost } from "../tasks/task_host.ts";
import type { Answers } from "./answers.ts";
import { Deferral } from "./deferral.ts";
import { receiveMail } from "./hosting.ts";
import { ImportingCalls } from "./importing_calls.ts";
import type { Instances } from "./instances.ts";
import type { Member } from "./member.ts";
import type { Strays } from "./strays.ts";

/** To whom frames go. */
export interface IncomingOptions {
  /** Where they come from, and whether this thread blocks. */
  readonly mailbox: Mailbox;
  /** Where unbound tasks come from. */
  readonly injection: Injection;
  /** Runs calls. */
  readonly instances: Instances;
  /** Runs tasks. */
  readonly tasks: TaskHost;
  /** Sends what is asked for of streams. */
  readonly outlets: Outlets;
  /** Answers what cannot be read. */
  readonly answers: Answers;
  /** Has asked something itself. */
  readonly member: Member;
  /** Whose a stray rejection is. */
  readonly strays: Strays;
}

/** The frames that a worker gets. */
export class Incoming {
  readonly #mailbox: Mailbox;
  readonly #injection: Injection;
  readonly #instances: Instances;
  readonly #tasks: TaskHost;
  readonly #outlets: Outlets;
  readonly #member: Member;
  readonly #strays: Strays;
  readonly #importing: ImportingCalls;
  readonly #deferral: Deferral;

  /** None waits yet. */
  constructor(options: IncomingOptions) {
    const { mailbox, instances, tasks, strays, answers } = options;
    this.#mailbox = mailbox;
    this.#injection = options.injection;
    this.#instances = instances;
    this.#tasks = tasks;
    this.#outlets = options.outlets;
    this.#member = options.member;
    this.#strays = strays;
    const { outside } = strays;
    const run = (from: Peer, kind: number, frame: Reader) =>
      this.#run(from, kind, frame);
    this.#importing = new ImportingCalls({
      answers,
      mailbox,
      outside,
      run,
      receive: (from, kind, frame) => this.#deferral.receive(from, kind, frame),
    });
    this.#deferral = new Deferral({
      importing: this.#importing,
      mailbox,
      instances,
      tasks,
      outside,
      run,
    });
  }

  /** Handles a frame of the mailbox. */
  receive(from: Peer, kind: number, frame: Reader): void {
    if (kind === TASK) {
      // Its number follows once more.
      frame.word();
      frame.word();
    }
    if (kind === CALL || kind === TASK) {
      this.#mailbox.recorder.received(from.slot);
      if (this.#deferral.isNeeded) this.#deferral.receive(from, kind, frame);
      else this.#run(from, kind, frame);
    } else if (kind === CANCEL) this.#tasks.cancel(from, frame);
    else if (kind === PULL) this.#outlets.pull(from, frame);
    else if (kind === JOBS || kind === JOB_MAIL) receiveMail(from, kind, frame);
    else this.#member.receive(from, kind, frame);
  }

  /** Runs a task that any worker can run. False: it is for another one. */
  runUnbound(frame: Reader): boolean {
    const owner = frame.word();
    const tenant = frame.word();
    const from = this.#mailbox.renew(owner);
    if (from.generation !== tenant) return true; // nobody waits for it
    this.#mailbox.expectations.lastSender = from;
    if (this.#mailbox.blocks && !this.#deferral.canRun(from, TASK, frame)) {
      if (this.#giveBack(frame)) return false;
      this.#deferral.receive(from, TASK, frame);
      return true;
    }
    const missing = this.#tryToRun(from, TASK, frame);
    if (missing === undefined) return true;
    if (this.#mailbox.blocks && this.#giveBack(frame)) return false;
    this.#importing.add(from, TASK, frame, missing);
    return true;
  }

  /** This thread blocks: what waits for modules is answered, now and then. */
  stillBlocks(): void {
    this.#importing.refuse();
  }

  /** Lets another worker have an unbound task. Returns whether that was possible. */
  #giveBack({ words, at }: Reader): boolean {
    const isUrgent = (words[at + 2]! & IS_URGENT) !== 0;
    return this.#injection.taker.giveBack(isUrgent ? URGENT : NORMAL);
  }

  #run(from: Peer, kind: number, frame: Reader): void {
    const missing = this.#tryToRun(from, kind, frame);
    if (missing !== undefined) {
      this.#importing.add(from, kind, frame, missing);
    }
  }

  /** Runs a call or task; if it cannot be read yet, nothing was done. */
  #tryToRun(
    from: Peer,
    kind: number,
    frame: Reader,
  ): MissingExportsError | undefined {
    frame.context = this.#member.callbacks.from(from);
    const start = frame.at;
    try {
      if (this.#mailbox.blocks) {
        this.#strays.outside(() => this.#runAbove(from, kind, frame));
      } else if (kind === TASK) this.#tasks.run(from, frame);
      else this.#instances.call(from, frame);
    } catch (error) {
      if (!(error instanceof MissingExportsError)) throw error;
      frame.at = start;
      return error;
    }
    return undefined;
  }

  /** Runs something while this thread blocks. */
  #runAbove(from: Peer, kind: number, frame: Reader): void {
    if (kind === TASK) return this.#tasks.run(from, frame);
    // On the stack of a task, which cannot help how long this takes.
    const below = this.#tasks.enterStack();
    try {
      this.#instances.call(from, frame);
    } finally {
      this.#tasks.leaveStack(below);
    }
  }
}
