/**
 * Duels by the means of `multithreading`: its threads run functions that see nothing of their surroundings.
 *
 * Its blocking doors are used; they are its faster ones.
 *
 * @module
 */
import { equal } from "node:assert";
import type { Running } from "../../harness/scenario.ts";
import {
  awaitPartner,
  command,
  CONTROL_WORDS,
  FAILED,
  partnerIsReady,
} from "./duel.ts";

type Library = typeof import("npm:multithreading@0.3.52");

/** Starts a task that does its side of each run, and answers how this thread does its own. */
type Start = (
  library: Library,
  control: Int32Array<SharedArrayBuffer>,
) => (count: number) => void;

async function startWith(start: Start): Promise<Running> {
  const library = await import("npm:multithreading@0.3.52");
  const control = new Int32Array(new SharedArrayBuffer(4 * CONTROL_WORDS));
  const side = start(library, control);
  // The first task is slow: its worker starts.
  await partnerIsReady(control);
  return {
    run: (count) => {
      command(control, count);
      side(count);
      awaitPartner(control);
      return Promise.resolve(count);
    },
    check: () => {
      if (Atomics.load(control, FAILED) !== 0) {
        throw new Error("The partner received something else than was sent");
      }
      return Promise.resolve();
    },
    close: () => {
      command(control, -1);
      library.shutdown();
    },
  };
}

/** Both lock, add one, and unlock. */
export async function mutex(): Promise<Running> {
  const total = new Int32Array(new SharedArrayBuffer(4));
  let count = 0;
  const running = await startWith(({ Mutex, move, spawn }, control) => {
    const mutex = new Mutex(total);
    spawn(move(mutex, control), (mutex, control) => {
      for (let started = 0;;) {
        Atomics.wait(control, 0, started);
        const next = Atomics.load(control, 0);
        if (next === started) continue;
        started = next;
        const count = Atomics.load(control, 1);
        if (count < 0) return;
        for (let k = 0; k < count; k++) {
          const guard = mutex.blockingLock();
          guard.value[0]!++;
          guard.dispose();
        }
        Atomics.store(control, 32, started);
        Atomics.notify(control, 32);
      }
    });
    return (runs) => {
      count += runs;
      for (let k = 0; k < runs; k++) {
        const guard = mutex.blockingLock();
        guard.value[0]!++;
        guard.dispose();
      }
    };
  });
  return {
    ...running,
    check: () => {
      equal(total[0], (2 * count) | 0);
      return Promise.resolve();
    },
  };
}

/** Both meet. */
export function barrier(): Promise<Running> {
  return startWith(({ Barrier, move, spawn }, control) => {
    const barrier = new Barrier(2);
    spawn(move(barrier, control), (barrier, control) => {
      for (let started = 0;;) {
        Atomics.wait(control, 0, started);
        const next = Atomics.load(control, 0);
        if (next === started) continue;
        started = next;
        const count = Atomics.load(control, 1);
        if (count < 0) return;
        for (let k = 0; k < count; k++) barrier.blockingWait();
        Atomics.store(control, 32, started);
        Atomics.notify(control, 32);
      }
    });
    return (count) => {
      for (let k = 0; k < count; k++) barrier.blockingWait();
    };
  });
}

/** This thread sends numbers, the other one receives them. */
export function stream(): Promise<Running> {
  return startWith(({ channel, move, spawn }, control) => {
    const [sender, receiver] = channel<number>(1024);
    spawn(move(receiver, control), (receiver, control) => {
      for (let started = 0;;) {
        Atomics.wait(control, 0, started);
        const next = Atomics.load(control, 0);
        if (next === started) continue;
        started = next;
        const count = Atomics.load(control, 1);
        if (count < 0) return;
        for (let k = 0; k < count; k++) {
          const received = receiver.blockingRecv();
          if (!received.ok || received.value !== k + 0.5) {
            Atomics.store(control, 33, 1);
          }
        }
        Atomics.store(control, 32, started);
        Atomics.notify(control, 32);
      }
    });
    return (count) => {
      for (let k = 0; k < count; k++) sender.blockingSend(k + 0.5);
    };
  });
}
