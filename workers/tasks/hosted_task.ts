/**
 * A task that runs here for another thread.
 *
 * @module
 */

import { decodeArguments, decodeEach } from "../../codec/decode.ts";
import type { Reader } from "../../codec/reader.ts";
import type { TaskOnStack } from "../fabric/running_words.ts";
import type { LoadedFunction } from "../functions/loaded_function.ts";
import type { Peer } from "../mailbox/peer.ts";
import type { RuntimeFace } from "../runtime/runtime_face.ts";
import { WINDOW } from "../streams/inflow.ts";
import type { SpanContext } from "../telemetry/open_telemetry.ts";
import { readTraceContext } from "../telemetry/trace_context.ts";
import type { RunningTask, TaskContext } from "./task_context.ts";
import {
  BATCH,
  decodeName,
  HAS_DEADLINE,
  HAS_NAME,
  HAS_TRACE,
  HAS_WINDOW,
  STREAM,
} from "./task_frame.ts";

/** Who runs it. */
export interface TaskOwner {
  /** The index of this worker. */
  readonly worker: number;
  /** The runtime, as seen from here. */
  readonly face: RuntimeFace;
  /** Whether nobody waits for a task any more. */
  isGivenUp(task: HostedTask): boolean;
  /** A task wants to be told when it is given up. */
  tell(task: HostedTask, context: TaskContext): void;
}

/** A task that runs here for another thread. */
export class HostedTask implements RunningTask {
  /** Who waits for it. */
  readonly from: Peer;
  /** By what number. */
  readonly number: number;
  /** The number of its function. */
  fn = 0;
  /** How many items may be on their way, if it is a stream. */
  window = 0;
  /** Whether its arguments are items, for each of which the function runs. */
  isBatch = false;
  /** What its function is called with. */
  args: unknown[] = [];
  deadline: number | undefined = undefined;
  /** The span of who spawned it. */
  caller: SpanContext | undefined = undefined;
  /** Its function, once that is there. */
  loaded: LoadedFunction | undefined = undefined;
  context: TaskContext | undefined = undefined;
  /** Whether it is to end, as a part of it has failed. */
  isStopped = false;
  readonly #owner: TaskOwner;
  #name: string | undefined = undefined;

  /** A task of which nothing was read yet. */
  constructor(owner: TaskOwner, from: Peer, number: number) {
    this.#owner = owner;
    this.from = from;
    this.number = number;
  }

  /**
   * Reads what its frame says after the number.
   *
   * @throws {CorruptFrameError} If that is none of a task.
   * @throws {MissingExportsError} If its arguments need what is not imported here.
   */
  read(frame: Reader): void {
    this.fn = frame.word();
    const flags = frame.word();
    if ((flags & HAS_DEADLINE) !== 0) this.deadline = frame.double();
    if ((flags & HAS_NAME) !== 0) this.#name = decodeName(frame);
    if ((flags & STREAM) !== 0) {
      this.window = (flags & HAS_WINDOW) === 0 ? WINDOW : frame.word();
    }
    if ((flags & HAS_TRACE) !== 0) this.caller = readTraceContext(frame);
    this.isBatch = (flags & BATCH) !== 0;
    this.args = this.isBatch ? decodeEach(frame) : decodeArguments(frame);
  }

  /** How the starting thread knows it. */
  get onStack(): TaskOnStack {
    return { owner: this.from.slot, number: this.number };
  }

  get name(): string {
    return this.#name ?? (this.loaded?.name || "anonymous");
  }

  get worker(): number {
    return this.#owner.worker;
  }

  get runtime(): RuntimeFace {
    return this.#owner.face;
  }

  get isCancelled(): boolean {
    return this.isStopped || this.#owner.isGivenUp(this);
  }

  asked(): void {
    this.#owner.tell(this, this.context!);
  }
}
