/**
 * Operations that allocate nothing, or so much.
 *
 * @module
 */

import {
  AutoResetEvent,
  BatchRing,
  ByteBatchRing,
  ByteRing,
  Deque,
  Latch,
  ManualResetEvent,
  MpmcQueue,
  Mutex,
  Notify,
  OnceCell,
  Parker,
  SharedCounter,
  SpscRing,
  StripedCounter,
  struct,
} from "../../sync/mod.ts";

/** Something that is done a million times. */
export interface Row {
  readonly name: string;
  /** How many bytes it may allocate each time; 0 unless given. */
  readonly bytes?: number;
  /** Makes what is done each time. */
  readonly make: () => (round: number) => unknown;
}

/** A BigInt of 64 bits, by which `Atomics` takes and gives such words. */
const BIGINT = 24;
/**
 * A number that is no small integer, boxed by the engine for each call that it
 * does not inline.
 */
const BOXED = 16;

/** Lets waits run out, so often that the engine has compiled them. */
function runOut(...waits: readonly (() => unknown)[]): void {
  for (let k = 0; k < 300; k++) {
    for (const wait of waits) {
      try {
        wait();
      } catch (error) {
        if ((error as Error).name !== "TimeoutError") throw error;
      }
    }
  }
}

const SOON = { timeout: 0 };
const Pair = struct({ one: "i32", other: "i32" });

/** What is measured. */
export const ROWS: readonly Row[] = [
  {
    name: "Mutex.lock() and unlock()",
    make: () => {
      const mutex = new Mutex();
      return () => {
        mutex.lock();
        mutex.unlock();
      };
    },
  },
  {
    name: "Mutex.tryLock() and unlock()",
    make: () => {
      const mutex = new Mutex();
      return () => mutex.tryLock() && mutex.unlock();
    },
  },
  {
    name: "Mutex.withLock()",
    make: () => {
      const mutex = new Mutex();
      let count = 0;
      const action = () => count = (count + 1) | 0;
      return () => mutex.withLock(action);
    },
  },
  {
    name: "SharedCounter.add()",
    bytes: 2 * BIGINT,
    make: () => {
      const counter = new SharedCounter();
      return () => counter.add(1);
    },
  },
  {
    name: "StripedCounter.add()",
    bytes: BIGINT,
    make: () => {
      const counter = new StripedCounter();
      return () => counter.add(1);
    },
  },
  ...(["i32", "u32", "f64"] as const).flatMap((kind): Row[] => {
    const fraction = kind === "f64" ? 0.5 : 0;
    const bytes = kind === "f64" ? 2 * BOXED : 0;
    return [
      {
        name: `MpmcQueue.push() and pop() of ${kind}`,
        bytes,
        make: () => {
          const queue = new MpmcQueue(kind, 8);
          return (round) => {
            queue.push(round + fraction);
            if (queue.pop() !== round + fraction) throw new Error("not it");
          };
        },
      },
      {
        name: `MpmcQueue.tryPush() and tryPop() of ${kind}`,
        bytes,
        make: () => {
          const queue = new MpmcQueue(kind, 8);
          return (round) => {
            queue.tryPush(round + fraction);
            if (queue.tryPop() !== round + fraction) throw new Error("not it");
          };
        },
      },
      {
        name: `SpscRing push() and pop() of ${kind}`,
        bytes,
        make: () => {
          const ring = new SpscRing(kind, 8);
          const [producer, consumer] = [ring.producer(), ring.consumer()];
          return (round) => {
            producer.push(round + fraction);
            if (consumer.pop() !== round + fraction) throw new Error("not it");
          };
        },
      },
      {
        name: `SpscRing tryPush() and tryPop() of ${kind}`,
        bytes,
        make: () => {
          const ring = new SpscRing(kind, 8);
          const [producer, consumer] = [ring.producer(), ring.consumer()];
          return (round) => {
            producer.tryPush(round + fraction);
            if (consumer.tryPop() !== round + fraction) {
              throw new Error("not it");
            }
          };
        },
      },
      {
        name: `Deque tryPush() and tryPop() of ${kind}`,
        bytes,
        make: () => {
          const owner = new Deque(kind, 8).owner();
          return (round) => {
            owner.tryPush(round + fraction);
            if (owner.tryPop() !== round + fraction) throw new Error("not it");
          };
        },
      },
    ];
  }),
  {
    name: "BatchRing.tryPush() and push(), 64 to a batch",
    make: () => {
      const ring = new BatchRing("i32", 64);
      const consumer = ring.consumer();
      return (round) => {
        if (!ring.tryPush(round)) consumer.bound()!.free();
        else if (ring.size < 64) ring.push(round);
      };
    },
    // The object of a batch, for each 33 times.
    bytes: 4,
  },
  {
    name: "ByteBatchRing.tryPush() and tryWrite(), 64 to a batch",
    make: () => {
      const ring = new ByteBatchRing(64, 1024);
      const consumer = ring.consumer();
      const frame = new Uint8Array(16);
      const write = (bytes: Uint8Array, start: number) => {
        bytes[start] = 1;
      };
      return (round) => {
        if (!ring.tryPush(frame, round)) consumer.bound()!.free();
        else ring.tryWrite(16, write, round);
      };
    },
    // The object of a batch, for each 33 times.
    bytes: 4,
  },
  {
    name: "SpscRing pushMany() and popMany(), 16 records",
    make: () => {
      const ring = new SpscRing("f64", 64);
      const [producer, consumer] = [ring.producer(), ring.consumer()];
      const records = new Float64Array(16).fill(0.5);
      return () => {
        producer.pushMany(records);
        consumer.popMany(records);
      };
    },
  },
  {
    name: "MpmcQueue.push() and pop() after waits",
    make: () => {
      const queue = new MpmcQueue("i32", 8);
      runOut(() => queue.pop(SOON));
      runOut(() => queue.push(1, SOON));
      while (queue.tryPop() !== undefined);
      return (round) => {
        queue.push(round);
        return queue.pop();
      };
    },
  },
  {
    name: "SpscRing push() and pop() after waits",
    make: () => {
      const ring = new SpscRing("i32", 8);
      const [producer, consumer] = [ring.producer(), ring.consumer()];
      runOut(() => consumer.pop(SOON));
      runOut(() => producer.push(1, SOON));
      while (consumer.tryPop() !== undefined);
      return (round) => {
        producer.push(round);
        return consumer.pop();
      };
    },
  },
  {
    name: "Deque push() and steal() after waits",
    make: () => {
      const deque = new Deque("i32", 8);
      const owner = deque.owner();
      runOut(() => deque.steal(SOON));
      runOut(() => owner.push(1, SOON));
      while (owner.tryPop() !== undefined);
      return (round) => {
        owner.push(round);
        return deque.steal();
      };
    },
  },
  {
    name: "ByteRing push(), wait() and tryPopInto() after waits",
    make: () => {
      const ring = new ByteRing(1024);
      const [producer, consumer] = [ring.producer(), ring.consumer()];
      const bytes = new Uint8Array(16);
      runOut(() => consumer.wait(SOON));
      runOut(() => producer.push(bytes, SOON));
      while (consumer.tryPopInto(bytes) !== undefined);
      return () => {
        producer.push(bytes);
        consumer.wait();
        return consumer.tryPopInto(bytes);
      };
    },
  },
  {
    name: "Deque pushMany() and tryPop() of structs",
    make: () => {
      const owner = new Deque(Pair, 8).owner();
      const pair = { one: 1, other: 2 };
      const pairs = [pair, pair];
      return () => {
        owner.pushMany(pairs);
        owner.tryPop(pair);
        return owner.tryPop(pair);
      };
    },
  },
  {
    name: "Notify.notifyOne() and tryWait()",
    make: () => {
      const notify = new Notify();
      return () => {
        notify.notifyOne();
        return notify.tryWait();
      };
    },
  },
  {
    name: "AutoResetEvent.set() and tryWait()",
    make: () => {
      const event = new AutoResetEvent();
      return () => {
        event.set();
        return event.tryWait();
      };
    },
  },
  {
    name: "ManualResetEvent.set() and reset()",
    make: () => {
      const event = new ManualResetEvent();
      return () => {
        event.set();
        return event.reset();
      };
    },
  },
  {
    name: "Latch.add() and countDown()",
    make: () => {
      const latch = new Latch(1);
      return () => {
        latch.add();
        return latch.countDown();
      };
    },
  },
  {
    name: "Parker.unpark()",
    make: () => {
      const parker = new Parker();
      return () => parker.unpark();
    },
  },
  {
    name: "OnceCell.get() of f64",
    bytes: BOXED,
    make: () => {
      const cell = new OnceCell("f64");
      cell.set(0.5);
      return () => {
        if (cell.get() !== 0.5) throw new Error("not it");
      };
    },
  },
];

/** An array and its element: what the measurement must find. */
export const KNOWN: Row = {
  name: "an array of one element",
  bytes: 56,
  make: () => {
    const kept: unknown[] = [undefined];
    return (round) => kept[0] = [round];
  },
};
