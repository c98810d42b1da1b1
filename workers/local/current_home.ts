/**
 * Where this thread is at home.
 *
 * @module
 */

import { followGuests } from "../../aware/current_affinity.ts";
import { findHomesBy } from "../../linked/instance_home.ts";
import { perRealm } from "../../sync/thread/realm.ts";
import { type AsyncStorage, openStorage } from "../life/async_storage.ts";
import type { Home } from "./home.ts";
import { affinityOf } from "./home_affinity.ts";

interface Homes {
  /** Of a worker: its home. Else that of the inline worker whose turn it is. */
  current: Home | undefined;
  /** The homes of this thread as one that started runtimes; open ones. */
  readonly started: Set<Home>;
  /** What goes on of an inline worker's turn after an `await`. */
  storage: AsyncStorage<Home> | undefined | null;
}

const homes = perRealm<Homes>("homes", () => ({
  current: undefined,
  started: new Set(),
  storage: null,
}));

followGuests(() => affinityOf(currentHome()));
findHomesBy(() => currentHome());

/** This thread is a worker, for good. */
export function settle(home: Home): void {
  homes.current = home;
}

/** This thread has started a runtime. */
export function addStarted(home: Home): void {
  homes.started.add(home);
}

/** A runtime that this thread started is closed. */
export function removeStarted(home: Home): void {
  homes.started.delete(home);
}

/** Runs what belongs to a home, also after each `await` in it. */
export function inHome<R>(home: Home, run: () => R): R {
  const former = homes.current;
  if (former === home) return run();
  homes.current = home;
  if (homes.storage === null) homes.storage = openStorage();
  try {
    return homes.storage === undefined ? run() : homes.storage.run(home, run);
  } finally {
    homes.current = former;
  }
}

/** Runs something as where it was asked for: in a home, or in none. Nothing awaits in it. */
export function whereAsked<R>(home: Home | undefined, run: () => R): R {
  const former = homes.current;
  homes.current = home;
  try {
    return homes.storage === undefined || homes.storage === null
      ? run()
      : homes.storage.run(home as Home, run);
  } finally {
    homes.current = former;
  }
}

/**
 * The home of the worker that runs at this moment; undefined if none does, as on a
 * thread that started runtimes.
 */
export function currentHome(): Home | undefined {
  return homes.current ?? homes.storage?.getStore();
}

/**
 * The home of what runs at this moment.
 *
 * @param action What it is needed for, for errors.
 * @throws {TypeError} If there is no runtime, or several that could be meant.
 */
export function homeHere(action: string): Home {
  const home = homes.current ?? homes.storage?.getStore();
  if (home !== undefined) return home;
  const { started } = homes;
  if (started.size === 1) {
    for (const home of started) return home;
  }
  throw new TypeError(
    started.size === 0
      ? `Cannot ${action} as this thread belongs to no runtime: do it on a worker, or after Runtime.start()`
      : `Cannot ${action} as this thread has started ${started.size} runtimes that are open: say which by 'in(runtime)' or the option 'runtime'`,
  );
}

/**
 * The home of what runs at this moment, in a runtime.
 *
 * @throws {TypeError} If that is not one of this thread's.
 */
export function homeIn(runtime: object, action: string): Home {
  const home = currentHome();
  if (home?.face === runtime) return home;
  for (const home of homes.started) if (home.face === runtime) return home;
  throw new TypeError(
    typeof runtime === "object" && runtime !== null
      ? `Cannot ${action} as 'runtime' is none of this thread, or is closed`
      : `Cannot ${action} as 'runtime' must be a runtime: received ${
        runtime === null ? "null" : typeof runtime
      }`,
  );
}

/** The home of what runs at this moment in the runtime with an id, if it has one. */
export function homeOf(id: string): Home | undefined {
  const home = currentHome();
  if (home !== undefined) return home.commons.id === id ? home : undefined;
  for (const home of homes.started) if (home.commons.id === id) return home;
  return undefined;
}

/** Disposes all that is owned somewhere. */
export function closeHome(home: Home): Promise<void> {
  return inHome(home, () => home.close());
}
