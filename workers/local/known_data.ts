/**
 * The data of references that this thread has met: it attaches to each only once.
 *
 * @module
 */

import { NotHereError } from "../../codec/not_here_error.ts";
import { currentHome, homeOf } from "./current_home.ts";
import type { Home } from "./home.ts";
import { ThreadRegistry } from "../../sync/thread/thread.ts";
import {
  type DataHandle,
  keyOf,
  ReferenceData,
  type SentData,
} from "./reference_data.ts";

/** Notes data. */
export function knownData(home: Home, data: ReferenceData): void {
  const key = keyOf(data.name);
  home.data.set(key, new WeakRef(data));
  forgotten.register(data, { home, key });
}

const forgotten = new FinalizationRegistry<{ home: Home; key: string }>(
  ({ home, key }) => {
    // Another thread may have sent it again meanwhile.
    if (home.data.get(key)?.deref() === undefined) home.data.delete(key);
  },
);

/**
 * The data that another thread sent.
 *
 * @throws {NotHereError} If it belongs to another runtime than this thread does.
 */
export function receivedData(
  { name, count, bytes, buffers }: SentData,
): ReferenceData {
  const home = homeOf(name.runtime);
  if (home === undefined) {
    if (count === undefined) refuse();
    return new ReferenceData({ name, count, bytes, buffers });
  }
  const known = home.data.get(keyOf(name))?.deref();
  if (known !== undefined) return known as ReferenceData;
  const { commons } = home;
  const data = new ReferenceData({ name, count, bytes, buffers, commons });
  knownData(home, data);
  return data;
}

/**
 * The data that a handle names; undefined if this thread is none of its runtime's, and
 * none of another one.
 *
 * @throws {NotHereError} If it belongs to another runtime than this thread does.
 */
export function attachedData(handle: DataHandle): ReferenceData | undefined {
  const { name, count, bytes, buffers } = handle;
  if (homeOf(name.runtime) !== undefined) return receivedData(handle);
  if (count !== undefined) {
    const threads = ThreadRegistry.from(handle.threads);
    return new ReferenceData({ name, count, bytes, buffers, threads });
  }
  if (currentHome() !== undefined) refuse();
  return undefined;
}

function refuse(): never {
  throw new NotHereError(
    "Cannot receive reference on this thread as it belongs to another runtime",
  );
}
