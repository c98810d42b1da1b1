/**
 * Frames that have to wait until a thread goes on that blocks.
 *
 * @module
 */

import type { Reader } from "../../codec/reader.ts";
import { CALL } from "../mailbox/frame_kind.ts";
import { lineOf } from "./call_line.ts";
import type { ImportingCalls } from "./importing_calls.ts";
import type { Instances } from "./instances.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { KeptFrame } from "../mailbox/kept_frame.ts";
import type { Peer } from "../mailbox/peer.ts";
import type { TaskHost } from "../tasks/task_host.ts";

/** What a deferral is told. */
export interface DeferralOptions {
  /** What waits for something else. */
  readonly importing: ImportingCalls;
  /** Blocks, or does not. */
  readonly mailbox: Mailbox;
  /** Whom calls are for. */
  readonly instances: Instances;
  /** Whom tasks are for. */
  readonly tasks: TaskHost;
  /** Runs a function as part of nothing that runs on this thread. */
  readonly outside: (run: () => void) => void;
  /** Runs a call or a task. */
  readonly run: (from: Peer, kind: number, frame: Reader) => void;
}

/** The calls and tasks that a worker took and could not run yet, in order. */
export class Deferral {
  readonly #options: DeferralOptions;
  #frames: KeptFrame[] = [];
  /** Later calls of the same caller to the same instance have to wait, too. */
  readonly #waiting = new Set<number>();
  #scheduled = false;

  /** Nothing waits yet. */
  constructor(options: DeferralOptions) {
    this.#options = options;
  }

  /** Whether a call or task may have to wait. */
  get isNeeded(): boolean {
    return this.#options.mailbox.blocks || this.#frames.length > 0 ||
      this.#options.importing.isNeeded;
  }

  /** Runs a call or task now if that is sound, else later. */
  receive(from: Peer, kind: number, frame: Reader): void {
    const { importing, mailbox, run } = this.#options;
    if (importing.comesAfter(from, kind, frame)) return;
    if (
      mailbox.blocks
        ? this.canRun(from, kind, frame)
        : this.#frames.length === 0
    ) return run(from, kind, frame);
    if (kind === CALL) this.#waiting.add(lineOf(from, frame));
    this.#frames.push({ from, kind, frame: frame.copy() });
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.outside(() => queueMicrotask(() => this.#runAll()));
  }

  /** Whether a call or task can run while this thread blocks. */
  canRun(from: Peer, kind: number, frame: Reader): boolean {
    const { instances, tasks } = this.#options;
    const { words, at } = frame;
    return kind === CALL
      ? !this.#waiting.has(lineOf(from, frame)) &&
        instances.canRun(words[at + 1]!, words[at + 2]!)
      : tasks.canRun(words[at + 1]!, words[at + 2]!);
  }

  /** This thread is back in its event loop, so nothing of it blocks. */
  #runAll(): void {
    this.#scheduled = false;
    const { importing, mailbox, run } = this.#options;
    for (
      let next = this.#frames.shift();
      next !== undefined;
      next = this.#frames.shift()
    ) {
      const { from, kind, frame } = next;
      if (importing.comesAfter(from, kind, frame)) continue;
      // Nobody waits for what a lost thread asked.
      if (mailbox.peer(from.slot) === from) run(from, kind, frame);
    }
    this.#waiting.clear();
    mailbox.flush();
  }
}
