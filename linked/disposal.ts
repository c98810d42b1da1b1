/**
 * Disposers that take their time, or fail, where nobody waits for them.
 *
 * @module
 */

import { isThenable } from "../codec/thenable.ts";
import type { InstanceHome, Kept } from "./instance_home.ts";

/**
 * Runs a disposer for which nobody waits: its home does so before it ends, and
 * hears of what is thrown.
 *
 * @param name What errors call what is disposed.
 */
export function disposeUnwatched(
  home: InstanceHome,
  name: string,
  dispose: () => unknown,
): void {
  try {
    leaveToHome(home, name, dispose());
  } catch (error) {
    home.note(name, error);
  }
}

/** Leaves it to a home to wait for what a disposer returned, if it is a promise. */
export function leaveToHome(
  home: InstanceHome,
  name: string,
  result: unknown,
): void {
  if (!isThenable(result)) return;
  const done = Promise.resolve(result).then(
    () => {},
    (error) => home.note(name, error),
  );
  const kept: Kept = { name, dispose: () => done };
  try {
    home.own(kept);
  } catch {
    return; // it ends, and waits for nothing new
  }
  done.then(() => home.letGo(kept));
}
