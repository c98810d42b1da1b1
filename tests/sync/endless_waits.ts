/**
 * Waits that nobody will end, one of each kind.
 *
 * @module
 */

import {
  AutoResetEvent,
  Barrier,
  BatchRing,
  ByteRing,
  Condition,
  Deque,
  Latch,
  ManualResetEvent,
  MpmcQueue,
  Mutex,
  Notify,
  Once,
  OnceCell,
  Parker,
  RwLock,
  Semaphore,
  SpscRing,
} from "../../sync/mod.ts";
import type { ThreadId } from "../../sync/mod.ts";
import { claimOther, runAs } from "./other_thread.ts";

/** The two doors of a wait. */
export interface Waits {
  blocks(options: { timeout: number }): unknown;
  awaits(options: { timeout: number }): Promise<unknown>;
}

let other: ThreadId | undefined;

/** Does something as another thread, which lives as long as this one. */
function asOther<T>(action: () => T): T {
  return runAs(other ??= claimOther().id, action);
}

/** Makes them by their names. */
export const WAITS: Readonly<Record<string, () => Waits>> = {
  Mutex: () => {
    const mutex = new Mutex();
    asOther(() => Mutex.from(mutex.handle).lock());
    return {
      blocks: (options) => mutex.lock(options),
      awaits: (options) => mutex.lockAsync(options),
    };
  },
  RwLock: () => {
    const lock = new RwLock();
    asOther(() => RwLock.from(lock.handle).read());
    return {
      blocks: (options) => lock.write(options),
      awaits: (options) => lock.writeAsync(options),
    };
  },
  Condition: () => {
    const condition = new Condition();
    const mutex = new Mutex();
    const wait = { mutex, condition };
    return {
      blocks: (options) => {
        using _ = wait.mutex.lock();
        return wait.condition.wait(mutex, options);
      },
      awaits: async (options) => {
        using _ = await wait.mutex.lockAsync();
        return await wait.condition.waitAsync(mutex, options);
      },
    };
  },
  Semaphore: () => {
    const semaphore = new Semaphore(0, { max: 1 });
    return {
      blocks: (options) => semaphore.acquire(1, options),
      awaits: (options) => semaphore.acquireAsync(1, options),
    };
  },
  Barrier: () => {
    const barriers = [new Barrier(2), new Barrier(2)] as const;
    return {
      blocks: (options) => barriers[0].wait(options),
      awaits: (options) => barriers[1].waitAsync(options),
    };
  },
  Latch: () => {
    const latch = new Latch(1);
    return {
      blocks: (options) => latch.wait(options),
      awaits: (options) => latch.waitAsync(options),
    };
  },
  ManualResetEvent: () => {
    const event = new ManualResetEvent();
    return {
      blocks: (options) => event.wait(options),
      awaits: (options) => event.waitAsync(options),
    };
  },
  AutoResetEvent: () => {
    const event = new AutoResetEvent();
    return {
      blocks: (options) => event.wait(options),
      awaits: (options) => event.waitAsync(options),
    };
  },
  Parker: () => {
    const parker = new Parker();
    return {
      blocks: (options) => parker.park(options),
      awaits: (options) => parker.parkAsync(options),
    };
  },
  Notify: () => {
    const notify = new Notify();
    return {
      blocks: (options) => notify.wait(options),
      awaits: (options) => notify.waitAsync(options),
    };
  },
  Once: () => {
    const once = new Once();
    void asOther(() =>
      Once.from(once.handle).runAsync(() => new Promise(() => {}))
    );
    return {
      blocks: (options) => once.run(() => {}, options),
      awaits: (options) => once.runAsync(() => {}, options),
    };
  },
  OnceCell: () => {
    const cell = new OnceCell("f64");
    return {
      blocks: (options) => cell.wait(options),
      awaits: (options) => cell.waitAsync(options),
    };
  },
  "MpmcQueue, empty": () => {
    const queue = new MpmcQueue("f64", 4);
    return {
      blocks: (options) => queue.pop(options),
      awaits: (options) => queue.popAsync(options),
    };
  },
  "MpmcQueue, full": () => {
    const queue = new MpmcQueue("i32", 1);
    queue.push(1);
    return {
      blocks: (options) => queue.push(2, options),
      awaits: (options) => queue.pushAsync(2, options),
    };
  },
  "BatchRing, empty": () => {
    const consumer = new BatchRing("f64", 64).consumer();
    return {
      blocks: (options) => consumer.wait(options),
      awaits: (options) => consumer.waitAsync(options),
    };
  },
  "BatchRing, full": () => {
    const ring = new BatchRing("i32", 64);
    ring.pushMany(new Int32Array(64));
    return {
      blocks: (options) => ring.push(2, options),
      awaits: (options) => ring.pushAsync(2, options),
    };
  },
  SpscRing: () => {
    const ring = new SpscRing("i32", 4);
    asOther(() => ring.producer());
    const consumer = ring.consumer();
    return {
      blocks: (options) => consumer.pop(options),
      awaits: (options) => consumer.popAsync(options),
    };
  },
  ByteRing: () => {
    const ring = new ByteRing(1024);
    asOther(() => ring.producer());
    const consumer = ring.consumer();
    return {
      blocks: (options) => consumer.pop(options),
      awaits: (options) => consumer.popAsync(options),
    };
  },
  Deque: () => {
    const deque = new Deque("i32", 4);
    asOther(() => Deque.from(deque.handle).owner());
    return {
      blocks: (options) => deque.steal(options),
      awaits: (options) => deque.stealAsync(options),
    };
  },
};
