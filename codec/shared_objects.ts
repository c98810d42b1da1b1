/**
 * The classes whose instances live in shared memory: they are sent as handles
 * and attached on the other side.
 *
 * @module
 */

import { Barrier } from "../sync/barrier.ts";
import { Condition } from "../sync/condition.ts";
import { AutoResetEvent, ManualResetEvent } from "../sync/event.ts";
import type { SharedHandle } from "../sync/handle.ts";
import { Latch } from "../sync/latch.ts";
import { MpmcQueue } from "../sync/mpmc_queue.ts";
import { Mutex } from "../sync/mutex.ts";
import { Once } from "../sync/once.ts";
import { Parker } from "../sync/parker.ts";
import { Semaphore } from "../sync/semaphore.ts";
import { SpscRing } from "../sync/spsc_ring.ts";
import { SharedCounter } from "../sync/shared_counter.ts";
import { CorruptFrameError } from "./reader.ts";

interface Shared {
  readonly handle: SharedHandle;
}

interface SharedClass {
  // deno-lint-ignore no-explicit-any
  new (...args: any[]): Shared;
  // deno-lint-ignore no-explicit-any
  from(handle: any): Shared;
}

/** In the order of their numbers in a frame. */
const CLASSES: readonly SharedClass[] = [
  SharedCounter,
  Barrier,
  Mutex,
  Condition,
  Semaphore,
  Latch,
  Once,
  Parker,
  ManualResetEvent,
  AutoResetEvent,
  MpmcQueue,
  SpscRing,
];

/** The number of an object's class and the object's handle, if it is shared. */
export function sharedClassOf(
  value: object,
): { number: number; handle: SharedHandle } | undefined {
  for (let number = 0; number < CLASSES.length; number++) {
    if (value instanceof CLASSES[number]!) {
      return { number, handle: (value as Shared).handle };
    }
  }
  return undefined;
}

/** Attaches to an object that another thread sent. */
export function attachShared(
  number: number,
  handle: SharedHandle | Record<string, unknown>,
): unknown {
  const known = CLASSES[number];
  if (known === undefined) {
    throw new CorruptFrameError(
      `Cannot decode shared object as its class is unknown: received ${number}`,
    );
  }
  return known.from(handle);
}
