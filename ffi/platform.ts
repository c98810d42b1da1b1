/**
 * What the rest of Kindred may ask of the operating system.
 *
 * @module
 */

import type { MemoryCalls } from "./memory_calls.ts";
import type { NumaLibrary } from "./numa.ts";
import type { SocketCalls } from "./socket_calls.ts";

/** Something that the platform cannot do, why, and what would give it. */
export interface MissingPart {
  /** What is missing, as in `"pinning"` or `"libnuma"`. */
  readonly what: string;
  /** Why it is missing, as in `"libnuma.so.1 is not installed"`. */
  readonly why: string;
  /** The flag that would give it, as in `"--allow-ffi"`, where one would. */
  readonly grant?: string;
}

/**
 * How the kernel's scheduler treats a thread: `"other"` is the normal class,
 * `"batch"` wakes up less eagerly, and `"idle"` runs only where nobody else
 * wants to.
 */
export type SchedulingClass = "other" | "batch" | "idle";

/**
 * The operating system, as seen from one thread.
 *
 * Nothing here throws for what the system refuses: what reads answers
 * `undefined`, and what writes answers the kernel's error number, 0 for
 * success (see `describeErrno()`). Only a processor id that is no
 * integer from 0 to `MAX_PROCESSOR_ID` is a `RangeError`. Nothing
 * here ever asks for a permission.
 */
export interface Platform {
  /** Through what the platform works, as in `"libc.so.6"`; `"nothing"` where it knows nothing. */
  readonly source: string;
  /** What does not work and why. Empty where everything works. */
  readonly missing: readonly MissingPart[];
  /** libnuma, where it is installed and may be opened. */
  readonly numa: NumaLibrary | undefined;
  /**
   * The placing of memory on nodes; `undefined` where there are no such calls.
   * Where there are, the kernel may still refuse: see its `refusal`.
   */
  readonly memory: MemoryCalls | undefined;
  /** The sockets of this process that listen; `undefined` where there are no such calls. */
  readonly sockets: SocketCalls | undefined;
  /** The size of a memory page in bytes, where known. */
  readonly pageSize: number | undefined;

  /** The processor on which the calling thread runs at this moment. */
  currentProcessor(): number | undefined;
  /** The operating system's id of the calling thread. */
  threadId(): number | undefined;

  /** The processors on which the calling thread may run, ascending. */
  affinity(): number[] | undefined;
  /**
   * Lets the calling thread run on the given processors only. The kernel
   * silently drops processors that are absent or not allowed as long as one
   * remains, so read {@linkcode Platform.affinity} back.
   */
  setAffinity(processors: readonly number[]): number;
  /** The processors on which another thread of this process may run, ascending. */
  affinityOf(threadId: number): number[] | undefined;
  /** Lets another thread run on the given processors only. */
  setAffinityOf(threadId: number, processors: readonly number[]): number;

  /** The scheduling class of a thread; `undefined` also for a real-time one. */
  schedulingOf(threadId: number): SchedulingClass | undefined;
  /** Puts a thread into a scheduling class. */
  setSchedulingOf(threadId: number, scheduling: SchedulingClass): number;

  /**
   * Reads a small file, such as those in `/sys` and `/proc`, as text.
   * `undefined` where it is missing or cannot be read.
   */
  readFile(path: string): string | undefined;
  /** The names of what is in a folder; none where it is missing or cannot be read. */
  namesIn(folder: string): string[];
}
