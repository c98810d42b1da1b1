/**
 * Ways to lock and unlock a mutex that nobody else wants.
 *
 * @module
 */
import { Mutex } from "../../../sync/mod.ts";
import type { Loop } from "./alone.ts";

const shared = new Int32Array(new SharedArrayBuffer(128));

/** A compare-and-exchange each way, which is the least that a lock does. */
export function floor(): Loop {
  return (count) => {
    for (let k = 0; k < count; k++) {
      const found = Atomics.compareExchange(shared, 0, 0, 1);
      if (found !== 0) throw new Error(`The word must be 0: found ${found}`);
      Atomics.compareExchange(shared, 0, 1, 0);
    }
  };
}

export function lockUnlock(): Loop {
  const mutex = new Mutex();
  return (count) => {
    for (let k = 0; k < count; k++) {
      mutex.lock();
      mutex.unlock();
    }
  };
}

export function withLock(): Loop {
  const mutex = new Mutex();
  const action = () => {};
  return (count) => {
    for (let k = 0; k < count; k++) mutex.withLock(action);
  };
}

export function guard(): Loop {
  const mutex = new Mutex();
  return (count) => {
    for (let k = 0; k < count; k++) {
      using _guard = mutex.lock();
    }
  };
}

export function lockAsync(): Loop {
  const mutex = new Mutex();
  return async (count) => {
    for (let k = 0; k < count; k++) {
      await mutex.lockAsync();
      mutex.unlock();
    }
  };
}

export async function asyncMutex(): Promise<Loop> {
  const { Mutex } = await import("npm:async-mutex@0.5.0");
  const mutex = new Mutex();
  return async (count) => {
    for (let k = 0; k < count; k++) {
      const release = await mutex.acquire();
      release();
    }
  };
}

export async function multithreading(): Promise<Loop> {
  const { Mutex } = await import("npm:multithreading@0.3.52");
  const mutex = new Mutex();
  return (count) => {
    for (let k = 0; k < count; k++) mutex.blockingLock().dispose();
  };
}
