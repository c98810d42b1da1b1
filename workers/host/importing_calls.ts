/**
 * Calls and tasks that cannot be read until what they need is imported.
 *
 * @module
 */

import type { MissingExportsError } from "../../codec/missing_exports_error.ts";
import type { Reader } from "../../codec/reader.ts";
import { CALL } from "../mailbox/frame_kind.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { KeptFrame } from "../mailbox/kept_frame.ts";
import type { Peer } from "../mailbox/peer.ts";
import type { Answers } from "./answers.ts";
import { lineOf } from "./call_line.ts";

/** One that waits, and those that have to come after it. */
interface Importing {
  readonly missing: MissingExportsError;
  readonly frames: KeptFrame[];
}

/** What they need. */
export interface ImportingCallsOptions {
  /** Answers what cannot be read at all. */
  readonly answers: Answers;
  /** Knows who is there. */
  readonly mailbox: Mailbox;
  /** Runs a function as part of nothing that runs on this thread. */
  readonly outside: (run: () => void) => void;
  /** Runs a call or a task. */
  readonly run: (from: Peer, kind: number, frame: Reader) => void;
  /** Runs one now if that is sound, else later. */
  readonly receive: (from: Peer, kind: number, frame: Reader) => void;
}

/** The calls and tasks of a worker that wait for modules. */
export class ImportingCalls {
  readonly #options: ImportingCallsOptions;
  readonly #all = new Set<Importing>();
  /** The calls among them. */
  readonly #lines = new Map<number, Importing>();

  /** None waits. */
  constructor(options: ImportingCallsOptions) {
    this.#options = options;
  }

  /** Whether a call may have to come after others. */
  get isNeeded(): boolean {
    return this.#lines.size > 0;
  }

  /** Keeps a call if one before it to the same instance waits. */
  comesAfter(from: Peer, kind: number, frame: Reader): boolean {
    if (kind !== CALL || this.#lines.size === 0) return false;
    const call = this.#lines.get(lineOf(from, frame));
    if (call === undefined) return false;
    call.frames.push({ from, kind, frame: frame.copy() });
    return true;
  }

  /** Keeps a call or task, and runs it once all that it needs is imported. */
  add(
    from: Peer,
    kind: number,
    frame: Reader,
    missing: MissingExportsError,
  ): void {
    const frames = [{ from, kind, frame: frame.copy() }];
    const call: Importing = { missing, frames };
    this.#all.add(call);
    if (kind === CALL) this.#lines.set(lineOf(from, frame), call);
    this.#options.answers.enter();
    this.#options.outside(() => {
      missing.import().then(
        () => this.#end(call),
        (error) => this.#end(call, { error }),
      );
    });
  }

  /**
   * Answers those that wait with an error, as nothing is imported while this thread
   * blocks: it may block for one who waits for them.
   */
  refuse(): void {
    for (const call of this.#all) this.#end(call, { error: call.missing });
  }

  #end(call: Importing, failure?: { error: unknown }): void {
    if (!this.#all.delete(call)) return;
    const { mailbox, answers, run, receive } = this.#options;
    const [first, ...others] = call.frames as [KeptFrame, ...KeptFrame[]];
    const { from, kind, frame } = first;
    if (kind === CALL) this.#lines.delete(lineOf(from, frame));
    // Nobody waits for what a lost thread asked.
    if (mailbox.peer(from.slot) === from) {
      if (failure === undefined) run(from, kind, frame);
      else answers.error(from, frame.words[frame.at]!, failure.error);
      for (const { from, kind, frame } of others) receive(from, kind, frame);
    }
    answers.leave();
    mailbox.flush();
  }
}
