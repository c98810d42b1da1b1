/**
 * A job that a thread has asked for, and waits for.
 *
 * @module
 */

import type { Deadline } from "../../sync/thread/timeout.ts";
import type { Resolve } from "../../workers/desk/kept_resolve.ts";
import { rejectWithStack } from "../../workers/errors.ts";
import type { Joined } from "../../workers/tasks/join.ts";
import type { TaskState } from "../../workers/tasks/task_call.ts";
import type { JobOutcome, JoinableJob } from "../desync_future.ts";
import type { CancellableJob } from "../sync_future.ts";

/** What a call is told about the object. */
export interface CallHost {
  /** The index of the worker. */
  readonly worker: number;
  /** How errors call its jobs. */
  readonly label: string;
  /** Blocks this thread until a call is settled, for so many ms at most. */
  join(call: RemoteCall, timeout: number | undefined): void;
  /** Nobody waits for a call any more. */
  giveUp(call: RemoteCall, reason: unknown): void;
  /** A call has failed that nobody waits for. */
  report(reason: unknown): void;
}

/** What somebody waits for. */
export class RemoteCall implements Joined, JoinableJob, CancellableJob {
  readonly worker: number;
  number = 0;
  /** The last place that its thread had asked for when it was. */
  place = 0;
  readonly mark = undefined;
  readonly deadline = undefined;
  /** Takes back the callbacks that were sent with it. */
  takeBack: (() => void) | undefined = undefined;
  /** What came of it; undefined until then. */
  outcome: JobOutcome | undefined = undefined;
  readonly #host: CallHost;
  #resolve: Resolve | undefined = undefined;
  #isDetached = false;

  /** It is about to be asked for. */
  constructor(host: CallHost) {
    this.#host = host;
    this.worker = host.worker;
  }

  get label(): string {
    return this.#host.label;
  }

  get isSettled(): boolean {
    return this.outcome !== undefined;
  }

  /** Whether it has begun is not known. */
  get state(): TaskState {
    return "running";
  }

  expireIfLate(): boolean {
    return false;
  }

  earlier(deadline: Deadline): Deadline {
    return deadline;
  }

  resolves(resolve: Resolve): void {
    this.#resolve = resolve;
  }

  resolve(value: unknown): void {
    if (this.outcome !== undefined) return;
    this.outcome = { state: "done", value };
    this.takeBack?.();
    this.#resolve?.(value);
  }

  reject(reason: unknown): void {
    if (this.outcome !== undefined) return;
    this.outcome = { state: "failed", reason };
    this.takeBack?.();
    if (this.#isDetached) this.#host.report(reason);
    if (this.#resolve !== undefined) rejectWithStack(this.#resolve, reason);
  }

  withdraw(reason: unknown): void {
    this.cancel(reason);
  }

  join(timeout?: number): JobOutcome {
    if (this.outcome === undefined) {
      this.#host.join(this, timeout);
    }
    return this.outcome!;
  }

  detach(): boolean {
    if (this.outcome !== undefined) return false;
    return this.#isDetached = true;
  }

  cancel(reason: unknown): boolean {
    if (this.outcome !== undefined) return false;
    this.reject(reason);
    this.#host.giveUp(this, reason);
    return true;
  }
}
