/**
 * Posts: the places of a crew. Workers come and go, a post stays.
 *
 * @module
 */

import { inWords } from "../../codec/in_words.ts";
import type { WorkerReport, WorkerState } from "./crew.ts";
import type { ReadyMessage } from "../life/control.ts";
import type { HostedWorker } from "./hosted_worker.ts";

/** "Worker i" of a runtime. */
export class Post {
  /** Its index in the runtime. */
  readonly index: number;
  /** The processor that it belongs on; undefined: any. */
  readonly processor: number | undefined;
  /** What its worker does. */
  state: WorkerState = "replacing";
  /** The worker that has the post. */
  worker: HostedWorker | undefined;
  /** What the worker said when it was ready. */
  ready: ReadyMessage | undefined;
  /** The families that its worker has linked, or is about to. */
  readonly linked: Map<number, Promise<void>> = new Map();
  /** How often its worker was replaced. */
  replaced = 0;
  /** Why, the last time. */
  lastLoss: string | undefined;
  /** Settles when the post is filled again, or will not be. Never rejects. */
  filling: Promise<void> | undefined;
  /** Whether it is being given up: its worker gets no successor. */
  isLeaving = false;
  /** Whether its worker gets nothing new for a while: see `recycling.ts`. */
  isPaused = false;
  /** Why there will be no worker any more. */
  failure: unknown;

  /** A post without a worker yet. */
  constructor(index: number, processor: number | undefined) {
    this.index = index;
    this.processor = processor;
  }

  /** The only processor that its worker may run on; undefined: it is not pinned. */
  get pinnedTo(): number | undefined {
    const { processor, ready } = this;
    const [only, ...others] = ready?.affinity ?? [];
    return only === processor && others.length === 0 ? only : undefined;
  }

  /** What to report. */
  report(): WorkerReport {
    const { ready, processor } = this;
    const affinity = ready?.affinity;
    return {
      index: this.index,
      state: this.state,
      processor,
      affinity,
      pinned: this.pinnedTo !== undefined,
      threadId: ready?.threadId,
      replaced: this.replaced,
      lastLoss: this.lastLoss,
      failure: this.state === "failed" ? inWords(this.failure) : undefined,
      pinningFailure: ready?.pinningFailure,
      placementFailure: ready?.placementFailure,
    };
  }
}
