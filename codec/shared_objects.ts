/**
 * The classes whose instances live in shared memory: they are sent as handles
 * and attached on the other side.
 *
 * @module
 */

import { Barrier, type BarrierHandle } from "../sync/barrier.ts";
import type { SharedHandle } from "../sync/handle.ts";
import {
  SharedCounter,
  type SharedCounterHandle,
} from "../sync/shared_counter.ts";
import { CorruptFrameError } from "./reader.ts";

interface Shared {
  readonly handle: SharedHandle;
}

/** In the order of their numbers in a frame. */
const CLASSES: readonly [
  // deno-lint-ignore no-explicit-any
  new (...args: any[]) => Shared,
  (handle: SharedHandle) => Shared,
][] = [
  [
    SharedCounter,
    (handle) => SharedCounter.from(handle as SharedCounterHandle),
  ],
  [Barrier, (handle) => Barrier.from(handle as BarrierHandle)],
];

/** The number of an object's class and the object's handle, if it is shared. */
export function sharedClassOf(
  value: object,
): { number: number; handle: SharedHandle } | undefined {
  for (let number = 0; number < CLASSES.length; number++) {
    if (value instanceof CLASSES[number]![0]) {
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
  return known[1](handle as SharedHandle);
}
