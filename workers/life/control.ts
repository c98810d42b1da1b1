/**
 * The control messages between the starting thread and a worker: rare ones, by
 * `postMessage`, which can carry what bytes cannot. Calls go through mailboxes.
 *
 * @module
 */

import type { ChannelHandle } from "../../sync/channel/channel_handle.ts";
import type { FamilyHandle } from "../../linked/family_handle.ts";
import type { BarrierHandle } from "../../sync/waiting/barrier.ts";
import type {
  ThreadId,
  ThreadRegistryHandle,
} from "../../sync/thread/thread.ts";
import type { FabricHandle } from "../fabric/fabric.ts";
import type { FunctionStoreHandle } from "../functions/function_store.ts";
import type { InjectionHandle } from "../injection/injection_memory.ts";
import type { StatsTableHandle } from "../stats/stats_table.ts";
import type { CommonsHandle } from "../local/commons.ts";

/** The slot of the thread that started the runtime. */
export const STARTER = 0;

/** Calls a thread that sleeps in its event loop: there is mail. */
export const RING = 0;

/** Tells a new worker who it is. The first message it gets. */
export interface BootMessage {
  readonly type: "boot";
  readonly index: number;
  readonly slot: number;
  readonly fabric: FabricHandle;
  readonly threads: ThreadRegistryHandle;
  readonly thread: ThreadId;
  /** The functions that threads send each other. */
  readonly functions: FunctionStoreHandle;
  /** The unbound tasks, and the cells of all tasks. */
  readonly injection: InjectionHandle;
  /** What all threads know of the data that they own. */
  readonly commons: CommonsHandle;
  /** What travels beside the frames between it and the starting thread. */
  readonly side: MessagePort;
  /** The processor of each worker that there could be. */
  readonly candidates: readonly (number | undefined)[];
  /** The node of each worker that there could be. */
  readonly nodes: readonly (number | undefined)[];
  /** How many tasks may wait for any worker, and for each one. */
  readonly maxQueued: number;
  /** Where the threads count what they do. */
  readonly stats: StatsTableHandle;
  /** Whether calls are shown to what the worker has registered. */
  readonly telemetry: boolean;
  /** How many processors the threads of the runtime share. */
  readonly parallelism: number;
  /** Where to pin itself; undefined: nowhere. */
  readonly processor: number | undefined;
  /** On which node to have its memory, once it is pinned; undefined: anywhere. */
  readonly memoryNode: number | undefined;
  /** Whether a stray rejection was met before: see `host/strays.ts`. */
  readonly followsStrays: boolean;
  /** What its heap may hold, in bytes. */
  readonly maxHeap: number;
}

/** Asks a worker to make its instance of a family; answered by a frame. */
export interface LinkMessage {
  readonly type: "link";
  /** The number of the call that waits for the answer. */
  readonly call: number;
  /** The number of the family in calls. */
  readonly number: number;
  readonly handle: FamilyHandle;
  /** What its instances have to say to each other. */
  readonly lines: readonly ChannelHandle[];
}

/** Tells a worker that it has all families: it takes unbound tasks from now on. */
export interface ServeMessage {
  readonly type: "serve";
}

/**
 * Asks a worker whether it has nothing to do any more; answered by a frame, once
 * that is so, with how much it did and called since it was asked the last time.
 */
export interface DrainMessage {
  readonly type: "drain";
  /** The number of the call that waits for the answer. */
  readonly call: number;
}

/**
 * Asks a worker to end its duties; answered by a frame, once they have ended, with whether
 * there were any. Or asks it to go on with them; answered once it does.
 */
export interface RelieveMessage {
  readonly type: "relieve" | "begin";
  /** The number of the call that waits for the answer. */
  readonly call: number;
}

/** Tells a worker that it is not wanted any more: it takes no more unbound tasks. */
export interface RetireMessage {
  readonly type: "retire";
}

/** Asks a worker how much it has to do with one of them; answered at once. */
export interface LoadMessage {
  readonly type: "load";
  /** Which question this is. */
  readonly round: number;
  /** The worker that is meant. */
  readonly worker: number;
}

/**
 * Asks a worker to meet all others at a barrier, then to dispose what it owns and to
 * end; answered by a frame, with what its disposers threw.
 */
export interface ShutdownMessage {
  readonly type: "shutdown";
  /** The number of the call that waits for the answer. */
  readonly call: number;
  readonly barrier: BarrierHandle;
  /** Whether the runtime goes on without it. */
  readonly alone: boolean;
}

/** What the starting thread says to a worker. */
export type ControlMessage =
  | typeof RING
  | BootMessage
  | LinkMessage
  | ServeMessage
  | DrainMessage
  | RelieveMessage
  | RetireMessage
  | LoadMessage
  | ShutdownMessage;

/** What a worker says once it is ready to work. */
export interface ReadyMessage {
  readonly type: "ready";
  /** The operating system's id of its thread, where known. */
  readonly threadId: number | undefined;
  /** On which processors it may run, read back from the operating system. */
  readonly affinity: readonly number[] | undefined;
  /** Why it is not pinned although it should be. */
  readonly pinningFailure: string | undefined;
  /** Why its memory is not on its node although it should be. */
  readonly placementFailure: string | undefined;
}

/** Says how much a worker has to do with another one, or with anybody if it is meant. */
export interface LoadAnswer {
  readonly type: "load";
  /** Which question this answers. */
  readonly round: number;
  /** How much that is. */
  readonly load: number;
}

/** Says that the heap of a worker holds more than it may. */
export interface FullMessage {
  readonly type: "full";
}

/** What a worker says to the starting thread, besides its mail. */
export type WorkerMessage =
  | typeof RING
  | ReadyMessage
  | LoadAnswer
  | FullMessage;
