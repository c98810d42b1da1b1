/**
 * Guests: threads that use data of a runtime, and are none of its threads.
 *
 * @module
 */

import { ThreadRegistry } from "../../sync/thread/thread.ts";
import type { Deadline } from "../../sync/thread/timeout.ts";
import { RuntimeClosedError } from "../errors.ts";
import { hasLocks, holdUntil, whichAreGone } from "../life/life.ts";
import { Commons, type Guest } from "./commons.ts";
import { type DataHandle, ReferenceData } from "./reference_data.ts";

/** Data of a runtime on a thread that is none of it. */
export interface GuestData {
  /** The data. */
  readonly data: ReferenceData;
  /** One more uses it, until the function is called that this gives. */
  readonly share: () => () => void;
}

/**
 * Attaches to data of a runtime, which is kept until it is left.
 *
 * @throws {RuntimeClosedError} When the runtime is closed.
 */
export async function enterAsGuest(handle: DataHandle): Promise<GuestData> {
  const commons = new Commons(handle.commons!);
  if (commons.isClosed) throw new RuntimeClosedError("use reference");
  const id = commons.nextGuest();
  // Held before anybody can look whether it is.
  const end = hasLocks ? await holdUntil(lifeOfGuest(commons, id)) : () => {};
  let guest: Guest;
  try {
    guest = commons.enter(id);
  } catch (error) {
    end();
    throw error;
  }
  const threads = ThreadRegistry.from(handle.threads);
  const { name, count, bytes, buffers } = handle;
  let users = 0;
  return {
    data: new ReferenceData({
      ...{ name, count, bytes, buffers },
      commons,
      threads,
    }),
    share: () => {
      users++;
      return () => {
        if (--users > 0) return;
        commons.leave(guest);
        end();
      };
    },
  };
}

/**
 * For the starting thread: waits until no guest is left.
 *
 * @param deadline How long to wait at most.
 */
export async function whenGuestsLeft(
  commons: Commons,
  deadline: Pick<Deadline, "passed" | "slice">,
): Promise<void> {
  await commons.whenLeft(deadline, async (guests) => {
    if (!hasLocks) return [];
    const names = guests.map(({ id }) => lifeOfGuest(commons, id));
    const gone = await whichAreGone(names);
    return guests.filter((_, k) => gone.has(names[k]!));
  });
}

function lifeOfGuest({ id }: Commons, guest: number): string {
  return `kindred/${id}/guest/${guest}`;
}
