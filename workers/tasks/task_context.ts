/**
 * What a task knows of itself.
 *
 * @module
 */

import { perRealm } from "../../sync/thread/realm.ts";
import type { RuntimeFace } from "../runtime/runtime_face.ts";
import { now } from "./clock.ts";

/** A task that runs here, as its host knows it. */
export interface RunningTask {
  /** What errors and reports call it. */
  readonly name: string;
  /** The worker that runs it. */
  readonly worker: number;
  /** When its time is up, in ms since the epoch; undefined: never. */
  readonly deadline: number | undefined;
  /** The runtime, as seen from that worker. */
  readonly runtime: RuntimeFace;
  /** Whether it was cancelled: read from shared memory. */
  readonly isCancelled: boolean;
  /** What it knows of itself, once it asked. */
  context: TaskContext | undefined;
  /** It has asked: from now on it is to be told. */
  asked(): void;
}

interface Current {
  task: RunningTask | undefined;
}

/** Looked up once: it is set for each task. */
const current = perRealm<Current>("task", () => ({ task: undefined }));

/**
 * Makes a task the current one, or none.
 *
 * @returns The former one, to be put back.
 */
export function enterTask(
  task: RunningTask | undefined,
): RunningTask | undefined {
  const former = current.task;
  current.task = task;
  return former;
}

/**
 * What a task knows of itself: made by {@linkcode currentTask}.
 *
 * @example A task that stops when it is told to
 * ```ts
 * import { currentTask, Runtime } from "@kindred/kindred";
 * import { assertRejects } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const task = runtime.with({ timeout: 50 }).spawn(() => {
 *   const context = currentTask();
 *   let rounds = 0;
 *   while (!context.cancelled) rounds++;
 *   return rounds;
 * });
 * await assertRejects(() => task.then(), DOMException, "within 50 ms");
 * ```
 */
export class TaskContext {
  readonly #task: RunningTask;
  #controller: AbortController | undefined;
  #cancelled = false;
  #reason: unknown;

  /** Made by {@linkcode currentTask}. */
  constructor(task: RunningTask) {
    this.#task = task;
  }

  /** What it is called in errors. */
  get name(): string {
    return this.#task.name;
  }

  /** The index of the worker that runs it. */
  get worker(): number {
    return this.#task.worker;
  }

  /** The runtime, as seen from that worker. */
  get runtime(): RuntimeFace {
    return this.#task.runtime;
  }

  /** When its time is up, in ms since the epoch; undefined: never. */
  get deadline(): number | undefined {
    return this.#task.deadline;
  }

  /**
   * Whether it was given up, or its time is up. Read from shared memory each time,
   * so that a loop that never lets go of the thread sees it, too.
   */
  get cancelled(): boolean {
    if (this.#cancelled) return true;
    const { deadline, isCancelled } = this.#task;
    return this.#cancelled = isCancelled ||
      (deadline !== undefined && now() >= deadline);
  }

  /**
   * Is aborted when the task is given up, with its reason. That takes a turn of
   * the event loop: who does not let go of the thread asks {@linkcode cancelled}.
   */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
      else if (this.#task.isCancelled) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** For the runtime: the task was given up. */
  abort(reason: unknown): void {
    this.#cancelled = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

/**
 * The task that is running.
 *
 * To be called at the start of a task, before its first `await`: what it returns
 * can be kept. A self-contained function uses the name `currentTask` without an
 * import: it is in scope where such functions are compiled.
 *
 * @example Usage
 * ```ts
 * import { currentTask, Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const name = await runtime.with({ name: "who am I" }).spawn(() =>
 *   currentTask().name
 * );
 * assertEquals(name, "who am I");
 * ```
 *
 * @throws {TypeError} Outside of a task.
 */
export function currentTask(): TaskContext {
  const { task } = current;
  if (task === undefined) {
    throw new TypeError(
      "Cannot tell the current task as none is running here: ask at the start of a task, before its first await",
    );
  }
  if (task.context === undefined) {
    task.context = new TaskContext(task);
    task.asked();
  }
  return task.context;
}
