/**
 * Data of this thread that is disposed after its last reference.
 *
 * @module
 */

import { perRealm } from "../../sync/thread/realm.ts";
import type { Home, Owned } from "./home.ts";
import { keyOf, type ReferenceData } from "./reference_data.ts";

/** How to dispose it, by its key. */
const counted = perRealm(
  "counted references",
  () => new Map<string, () => void>(),
);

/**
 * Sees to it that data is disposed after its last reference.
 *
 * @param home Hears what the disposer throws; undefined: nobody does, so that it is an
 * unhandled rejection.
 */
export function disposeWhenUnused(
  { name, count }: ReferenceData,
  owned: Owned,
  home: Home | undefined,
): void {
  const key = keyOf(name);
  const dispose = async () => {
    if (!counted.delete(key)) return;
    if (home === undefined) {
      await owned.dispose();
      return;
    }
    if (!home.letGo(owned)) return;
    try {
      await owned.dispose();
    } catch (error) {
      home.note(owned.name, error);
    }
  };
  counted.set(key, dispose);
  count!.whenUnused().then(dispose);
}

/** Data is disposed, whoever refers to it. */
export function forgetCounted({ name }: ReferenceData): void {
  counted.delete(keyOf(name));
}

/** Releases a counted reference to data. */
export function releaseCounted({ name, count }: ReferenceData): void {
  if (!count!.sub()) return;
  // Of another thread: that one is told. This one might not wait for its own word.
  queueMicrotask(() => counted.get(keyOf(name))?.());
}
