/**
 * How data becomes a thread's own.
 *
 * @module
 */

import { perRealm } from "../../sync/thread/realm.ts";
import { currentThread } from "../../sync/thread/thread.ts";
import { RuntimeClosedError } from "../errors.ts";
import { disposeWhenUnused, forgetCounted } from "./counted_data.ts";
import { homeHere, homeIn } from "./current_home.ts";
import type { Home, Owned } from "./home.ts";
import { knownData } from "./known_data.ts";
import {
  checkLocalRefOptions,
  type LocalRefOptions,
} from "./local_ref_options.ts";
import { encodeData } from "./owned_data.ts";
import { ReferenceCount } from "./reference_count.ts";
import { ReferenceData } from "./reference_data.ts";

/** What is made outside of a runtime is numbered, too. */
const outside = perRealm("outside references", () => ({
  id: crypto.randomUUID() as string,
  last: 0,
}));

/**
 * Makes data this thread's own.
 *
 * @throws {TypeError} If some of it is not in shared memory, an option is of another
 * type, or it is not counted and this thread belongs to no runtime.
 * @throws {RuntimeClosedError} When the runtime is closed.
 */
export function ownData<T extends object>(
  value: T,
  options: LocalRefOptions<T>,
): ReferenceData {
  checkLocalRefOptions(options);
  const { name = "reference", counted = false, dispose, runtime } = options;
  const action = "refer to data";
  const home = runtime !== undefined
    ? homeIn(runtime, action)
    : counted
    ? homeIfAny()
    : homeHere(action);
  if (home?.isOpen === false) throw new RuntimeClosedError(action);
  const encoded = encodeData(value, action);
  const { id: thread } = currentThread();
  const data = new ReferenceData({
    ...encoded,
    name: {
      runtime: home?.commons.id ?? outside.id,
      worker: home?.worker,
      thread,
      number: home === undefined ? ++outside.last : home.nextReference(),
    },
    count: counted ? ReferenceCount.allocate().memory : undefined,
    commons: home?.commons,
    value,
    home,
  });
  const owned: Owned = {
    name,
    dispose: () => {
      data.isDisposed = true;
      data.count?.end();
      forgetCounted(data);
      return dispose?.(value);
    },
  };
  if (home !== undefined) {
    if (counted || dispose !== undefined) home.own(owned);
    knownData(home, data);
  }
  if (counted) disposeWhenUnused(data, owned, home);
  return data;
}

/** A counted one needs no home. */
function homeIfAny(): Home | undefined {
  try {
    return homeHere("");
  } catch {
    return undefined;
  }
}
