/**
 * What a thread has staged for others: published at the end of a turn, or at once
 * if it is much.
 *
 * @module
 */

import type { Writer } from "../../codec/writer.ts";
import type { Injection } from "../injection/injection.ts";
import type { Priority } from "../../sync/mail/injector.ts";
import type { Recorder } from "../stats/recorder.ts";
import type { Peer } from "./peer.ts";

/** Staged bytes beyond this are published at once. */
const PUBLISH_AT_ONCE = 4096;
/** Unbound tasks that are published at once, and not at the end of the turn. */
const STAGED_AT_MOST = 32;
/** Answers that are published together. */
export const LARGEST_BATCH = 16;

/**
 * After how many frames answers are published next. The first answer leaves at
 * once, then ever more of them together: none waits for longer than those before
 * it took.
 *
 * @param read How many were read when they were published last.
 */
export function nextBatch(read: number): number {
  return read + Math.min(read, LARGEST_BATCH);
}

/** What staging needs. */
export interface OutboxOptions {
  /** The slot of this thread. */
  readonly slot: number;
  /** The unbound tasks of the runtime. */
  readonly injection: Injection | undefined;
  /** Counts what is sent. */
  readonly recorder: Recorder;
}

/** The frames of this thread that are not on their way yet. */
export class Outbox {
  readonly #slot: number;
  readonly #injection: Injection | undefined;
  readonly #recorder: Recorder;
  readonly #dirty: Peer[] = [];
  /** What was staged and is not counted yet. */
  #frames = 0;
  #bytes = 0;

  /** Opens an outbox. */
  constructor({ slot, injection, recorder }: OutboxOptions) {
    this.#slot = slot;
    this.#injection = injection;
    this.#recorder = recorder;
  }

  /**
   * Stages a frame.
   *
   * @throws {TypeError} If something in it cannot be moved; then nothing is staged.
   */
  stage(peer: Peer, kind: number, out: Writer): void {
    try {
      peer.stage(kind, out);
    } catch (error) {
      out.drop();
      throw error;
    }
    this.#frames++;
    this.#bytes += out.byteLength;
    out.sent();
    if (peer.staged > PUBLISH_AT_ONCE) this.publish(peer);
    else if (!peer.dirty) {
      peer.dirty = true;
      this.#dirty.push(peer);
    }
  }

  /**
   * Stages a task for whichever worker takes it.
   *
   * @throws {RangeError} If it is too long for that.
   */
  stageUnbound(priority: Priority, out: Writer): void {
    const injection = this.#injection!;
    injection.stage(priority, out, out.byteLength);
    this.#recorder.frameOut(out.byteLength);
    if (injection.staged >= STAGED_AT_MOST) injection.publish();
  }

  /**
   * Whether unbound tasks are staged. After a {@linkcode flush}: there was no room,
   * or somebody else was just publishing.
   */
  get hasUnbound(): boolean {
    return this.#injection !== undefined && this.#injection.staged > 0;
  }

  /** Publishes what is staged for one thread. */
  publish(peer: Peer): void {
    if (this.#frames > 0) this.#count();
    peer.publish();
    peer.bell.ringForMail(this.#slot);
  }

  /** Publishes all that is staged, now. */
  flush(): void {
    if (this.hasUnbound) this.#injection!.publish();
    while (this.#dirty.length > 0) {
      const peer = this.#dirty.pop()!;
      if (peer.dirty) this.publish(peer);
    }
  }

  /** Counts what was staged, many frames at a time. */
  #count(): void {
    this.#recorder.frameOut(this.#bytes, this.#frames);
    this.#frames = this.#bytes = 0;
  }

  /** Lets go of what is staged for a thread: another one takes its place. */
  forget(peer: Peer): void {
    if (peer.dirty) this.#dirty.splice(this.#dirty.indexOf(peer), 1);
  }
}
