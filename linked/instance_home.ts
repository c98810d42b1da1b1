/**
 * Homes: where instances live. A thread is one, and so is each of the inline
 * workers that take turns on a thread.
 *
 * @module
 */

import { perRealm } from "../sync/thread/realm.ts";

/** Something that a home keeps until it ends. */
export interface Kept {
  /** What it is called in errors. */
  readonly name: string;
  /** Lets go of it. May throw, and may be awaited. */
  dispose(): unknown;
}

/** Where instances live. */
export interface InstanceHome {
  /** The worker whose home it is; undefined: that of a thread that is none. */
  readonly worker: number | undefined;
  /**
   * Keeps something: it is disposed when the home ends, after what came later.
   *
   * @throws If the home has ended.
   */
  own(kept: Kept): void;
  /** Keeps something no more. Returns whether it was kept. */
  letGo(kept: Kept): boolean;
  /** A disposer failed, and nobody waits for it. */
  note(name: string, error: unknown): void;
}

/**
 * The home of a thread that is no worker: it disposes nothing by itself, as nobody
 * says when it ends.
 */
class ThreadHome implements InstanceHome {
  readonly worker = undefined;

  own(): void {}

  letGo(): boolean {
    return true;
  }

  note(_name: string, error: unknown): void {
    Promise.reject(error); // unhandled, as of any other code of the thread
  }
}

interface Homes {
  /** The home of the worker that runs at this moment. */
  find: () => InstanceHome | undefined;
  readonly ofThread: InstanceHome;
}

const homes = perRealm<Homes>("instance homes", () => ({
  find: () => undefined,
  ofThread: new ThreadHome(),
}));

/** For the runtime: says which of its workers runs at a moment, if one does. */
export function findHomesBy(find: () => InstanceHome | undefined): void {
  homes.find = find;
}

/** The home of what runs at this moment. */
export function instanceHome(): InstanceHome {
  return homes.find() ?? homes.ofThread;
}
