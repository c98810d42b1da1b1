/**
 * Threads that ask for jobs of many kinds at once, with pauses by chance: nobody is
 * forgotten, nothing is lost or done twice, and each thread's jobs are in order.
 */

import { assertEquals } from "@std/assert";
import type { PlacedDesync } from "../../../desync/mod.ts";
import { portable } from "../../../mod.ts";
import { randomFrom } from "../../sync/random.ts";
import { testTwo } from "./two_workers.ts";

/** What each thread has asked for, in the order in which it was done. */
type Log = [thread: number, number: number][];

/** What a thread has asked for, and what came out in another way. */
interface Asked {
  readonly numbers: number[];
  readonly wrong: string[];
}

/** So long each run lasts, in ms. */
const LASTS = 300;

/** Asks for jobs until the time is up. Those that certainly run are noted. */
export const ask: (
  log: PlacedDesync<Log>,
  thread: number,
  seed: number,
  lasts: number,
  mayBlock: boolean,
) => Promise<Asked> = portable(
  import.meta.url,
  async function ask(
    log,
    thread,
    seed,
    lasts,
    mayBlock,
  ): Promise<Asked> {
    const random = randomFrom(seed);
    const numbers: number[] = [];
    const wrong: string[] = [];
    const waiting: Promise<unknown>[] = [];
    const expect = (is: unknown, wanted: unknown) => {
      if (is !== wanted) wrong.push(`${is} instead of ${wanted}`);
    };
    const write = (log: { value: Log }, thread: number, number: number) => {
      log.value.push([thread, number]);
      return number;
    };
    const writeLater = async (
      log: { value: Log },
      thread: number,
      number: number,
      waits: number,
    ) => {
      for (let k = 0; k < waits; k++) await Promise.resolve();
      log.value.push([thread, number]);
      return number;
    };
    const end = performance.now() + lasts;
    for (let number = 0; performance.now() < end; number++) {
      const what = random(10);
      if (what < 3) log.desync(write, thread, number);
      else if (what === 3) log.desync(writeLater, thread, number, random(3));
      else if (what === 4) {
        const future = log.futureDesync(writeLater, thread, number, random(3));
        waiting.push(future.then((value) => expect(value, number)));
      } else if (what === 5) {
        const future = log.futureSync(write, thread, number);
        waiting.push(future.then((value) => expect(value, number)));
      } else if (what === 6) {
        const promise = random(2) === 0
          ? Promise.resolve(number)
          : new Promise<number>((done) => setTimeout(done, 0, number));
        const job = (log: { value: Log }, number: number, thread: number) =>
          log.value.push([thread, number]);
        waiting.push(log.after(promise, job, thread));
      } else if (what === 7 && mayBlock) {
        // Not behind a promise of this thread, which would not be settled then.
        await Promise.all(waiting.splice(0));
        // The asynchronous jobs of the other threads may have to be waited for here.
        try {
          expect(log.sync(write, thread, number), number);
        } catch (error) {
          if ((error as Error).name !== "DeadlockError") throw error;
          continue;
        }
      } else if (what === 8) {
        using suspension = log.suspend();
        waiting.push(suspension.reached);
        log.desync(write, thread, number);
        if (random(2) === 0) await suspension.reached;
      } else {
        const future = log.futureSync(write, thread, number);
        // It may have begun.
        if (future.cancel()) continue;
      }
      numbers.push(number);
      if (random(20) === 0) {
        await new Promise((next) => setTimeout(next, random(3)));
      }
    }
    await Promise.all(waiting);
    return { numbers, wrong };
  },
);

for (const seed of [1, Date.now() % 2 ** 31]) {
  testTwo(
    `RemoteDesync under stress does what was asked for, in order (seed ${seed})`,
    async ({ runtime, on }) => {
      const log = await on<Log>(0, []);
      const other = await on<Log>(1, []);
      // Whoever blocks has nothing under way elsewhere that others could wait for.
      const asked = await Promise.all([
        ask(log, 0, seed, LASTS, true),
        runtime.on(1).spawn(ask, log, 1, seed + 1, LASTS, true),
        runtime.on(0).spawn(ask, log, 2, seed + 2, LASTS, true),
        runtime.on(1).spawn(ask, other, 3, seed + 3, LASTS, false),
        ask(other, 4, seed + 4, LASTS, false),
      ]);
      const done = [
        ...await log.futureSync((l) => l.value),
        ...await other.futureSync((l) => l.value),
      ];
      asked.forEach(({ numbers, wrong }, thread) => {
        assertEquals(wrong, []);
        const mine = done.filter(([by]) => by === thread).map(([, n]) => n);
        // Also of those that were given up too late.
        const sure = new Set(numbers);
        assertEquals(mine.filter((number) => sure.has(number)), numbers);
        assertEquals(mine, [...new Set(mine)].sort((a, b) => a - b));
      });
    },
  );
}
