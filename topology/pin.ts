/**
 * Pinning threads to processors.
 *
 * @module
 */

import {
  describeErrno,
  MAX_PROCESSOR_ID,
  type Platform,
  platform,
} from "../ffi/mod.ts";
import { formatCpuList } from "./cpu_list.ts";
import { topology } from "./detect.ts";
import { idsOfTarget, type PinTarget } from "./pin_target.ts";

/**
 * Thrown when threads cannot be pinned at all here, as without
 * `--allow-ffi` or on a system other than Linux. A program that works unpinned
 * as well catches it and goes on.
 *
 * @example Usage
 * ```ts
 * import { PinningUnavailableError, pinThread, topology } from "@kindred/kindred/topology";
 * import { assert } from "@std/assert";
 *
 * try {
 *   using _pin = pinThread(topology().allowed.take(1));
 * } catch (error) {
 *   assert(error instanceof PinningUnavailableError);
 * }
 * ```
 */
export class PinningUnavailableError extends Error {
  /** The flag that would make it possible, where one would. */
  readonly grant: string | undefined;

  /** An error for the given reason. */
  constructor(why: string, grant?: string) {
    const remedy = grant === undefined ? "" : `: grant ${grant}`;
    super(`Cannot pin thread as ${why}${remedy}`);
    this.name = "PinningUnavailableError";
    this.grant = grant;
  }
}

/**
 * Lets the calling thread run on the given processors only, until the result
 * is disposed: that restores what was before. In a worker it is the worker's
 * thread that is pinned, and no other.
 *
 * Threads that a pinned thread starts, workers among them, inherit its
 * processors. Pins that lie within each other must be disposed in reverse
 * order, as `using` does.
 *
 * @example Usage
 * ```ts
 * import { allowedProcessors, pinThread, topology } from "@kindred/kindred/topology";
 * import { assertEquals } from "@std/assert";
 *
 * const before = allowedProcessors();
 * if (before !== undefined) {
 *   const processor = topology().allowed.take(1);
 *   {
 *     using _pin = pinThread(processor);
 *     assertEquals(allowedProcessors(), processor.ids);
 *   }
 *   assertEquals(allowedProcessors(), before);
 * }
 * ```
 *
 * @param target The processors, as a set, one by one, or by their ids.
 * @returns What restores the former processors when it is disposed.
 * @throws {RangeError} When there is no processor given, or one that is not in the machine, is offline or is not allowed.
 * @throws {PinningUnavailableError} When threads cannot be pinned here.
 */
export function pinThread(target: PinTarget): Disposable {
  const ids = idsOfTarget(target);
  if (ids.length === 0) {
    throw new RangeError("Cannot pin thread as no processor is given");
  }
  const system = platform();
  const former = system.affinity();
  if (former === undefined) throw unavailable(system);
  const valid = ids.every((id) =>
    Number.isInteger(id) && id >= 0 && id <= MAX_PROCESSOR_ID
  );
  const errno = valid ? system.setAffinity(ids) : undefined;
  // The kernel drops processors without a word as long as one remains.
  if (errno !== 0 || !sameIds(system.affinity(), ids)) {
    // Before all else, since the topology may be read now for the first time.
    system.setAffinity(former);
    const error = refusal(system, ids, errno);
    system.setAffinity(former);
    throw error;
  }
  return restorer(system, former);
}

function sameIds(
  a: readonly number[] | undefined,
  b: readonly number[],
): boolean {
  return a?.length === b.length && a.every((id, index) => id === b[index]);
}

function unavailable(system: Platform): PinningUnavailableError {
  const part = system.missing.find(({ what }) => what === "pinning");
  return part === undefined
    ? new PinningUnavailableError("the system does not tell affinities")
    : new PinningUnavailableError(part.why, part.grant);
}

/** Why a thread cannot be pinned to some processors. Changes the affinity. */
function refusal(
  system: Platform,
  ids: readonly number[],
  errno: number | undefined,
): Error {
  const { processors, online } = topology();
  const absent = ids.filter((id) => !processors.has(id));
  if (absent.length > 0) {
    return outside(absent, "not in this machine", processors.ids);
  }
  const offline = ids.filter((id) => !online.has(id));
  if (offline.length > 0) return outside(offline, "offline", online.ids);
  // What remains of everything is what the control group allows.
  system.setAffinity(online.ids);
  const allowed = system.affinity() ?? [];
  const refused = ids.filter((id) => !allowed.includes(id));
  if (refused.length > 0) {
    return outside(refused, "not allowed to this process", allowed);
  }
  return new PinningUnavailableError(
    `the system refuses it (${describeErrno(errno ?? 0)})`,
  );
}

function outside(
  ids: readonly number[],
  reason: string,
  expected: readonly number[],
): RangeError {
  const valid = ids.every((id) => Number.isInteger(id) && id >= 0);
  const list = valid && ids.every((id) => id <= MAX_PROCESSOR_ID)
    ? formatCpuList(ids)
    : ids.join();
  const subject = ids.length === 1
    ? `processor ${list} is`
    : `processors ${list} are`;
  return new RangeError(
    `Cannot pin thread as ${subject} ${reason}: expected one of ${
      formatCpuList(expected)
    }`,
  );
}

function restorer(system: Platform, former: readonly number[]): Disposable {
  let pinned = true;
  return {
    [Symbol.dispose](): void {
      if (!pinned) return;
      pinned = false;
      system.setAffinity(former);
    },
  };
}
