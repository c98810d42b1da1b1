/**
 * How a runtime is to start, and to end.
 *
 * @module
 */

import type { ProcessorSet } from "../../topology/processor_set.ts";

/** Options of `Runtime.start()`. */
export interface RuntimeOptions {
  /**
   * How many workers to start. Default: one on each core that this program may
   * use; inline: one.
   */
  readonly workers?: number;
  /**
   * The processors to start them on, one each: ids, or a set of a topology.
   * Default: the first one of each core, also of that on which this thread is.
   * A program that calls much and whose calls do little may be quicker with that
   * core left out: see `docs/topology.md`.
   */
  readonly processors?: ProcessorSet | Iterable<number>;
  /**
   * Whether each worker is pinned to its processor. Default: true, where the
   * system allows it; `"required"`: an error where it does not.
   */
  readonly pin?: boolean | "required";
  /**
   * How many tasks may wait until a worker is free, and, of each thread, how many calls
   * may be under way to one worker when another task is bound to it, or a call is
   * forwarded. Beyond that `spawn()` rejects with a {@linkcode QueueFullError}, and
   * `forward()` throws one. Default: as many as memory holds.
   */
  readonly maxQueued?: number;
  /**
   * The module that each worker runs, where the program is bundled: its own copy of
   * `@kindred/kindred/host`, or a module that imports that. Default: the one of the
   * package.
   */
  readonly hostModule?: URL | string;
  /**
   * What the V8 heap of one worker may hold, in bytes, at least 16 MiB: a worker
   * with more is replaced when it has nothing to do. It disposes what it owns,
   * families get a fresh instance, and bound calls that come meanwhile wait for the
   * next worker. At 80 % `Runtime.stats()` warns. The heap is what V8 has not
   * collected yet, without the content of array buffers: leave it room. Inline, the
   * heap is that of the program, and is never looked at. Default: as much as V8 can
   * take, which ends the whole program when it is not enough.
   */
  readonly maxHeap?: number;
  /**
   * Whether each call of this thread is shown in the timeline of `performance`:
   * see `Runtime.mark()`. Default: false.
   */
  readonly marks?: boolean;
  /**
   * Whether calls and stats are shown to OpenTelemetry, where the program has
   * registered it before it starts the runtime. Default: true.
   */
  readonly telemetry?: boolean;
}

/** Options of `Runtime.close()`. */
export interface RuntimeCloseOptions {
  /**
   * How long to wait for calls that are under way, in ms; then they are rejected
   * with a {@linkcode RuntimeClosedError}. Default: for as long as they take.
   */
  readonly timeout?: number;
}

/** Options of `Runtime.recycle()`. */
export interface RecycleOptions {
  /**
   * How long to wait until the worker has nothing to do, in ms; then what is under way
   * there is rejected with a {@linkcode WorkerLostError}. Default: for as long as it takes.
   */
  readonly timeout?: number;
}
