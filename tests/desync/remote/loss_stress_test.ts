/**
 * An object that is lost again and again while three threads ask for jobs by all doors: all
 * that they wait for comes to an end.
 */

import { assert, assertEquals } from "@std/assert";
import { Desync, type PlacedDesync } from "../../../desync/mod.ts";
import { SharedCounter } from "../../../sync/mod.ts";
import { testTwo } from "./two_workers.ts";

const ROUNDS = 16;

/** What the object holds. */
interface Counts {
  readonly jobs: SharedCounter;
  readonly disposed: SharedCounter;
}

/**
 * Asks for something in each round; some of it ends the worker of the object. Returns what
 * came of it, by name.
 */
const ask = async (
  object: PlacedDesync<Counts>,
  jobs: SharedCounter,
  { rounds, seed: start }: { rounds: number; seed: number },
): Promise<Record<string, number>> => {
  let seed = start;
  const outcomes: Record<string, number> = {};
  const note = (name: string) => outcomes[name] = (outcomes[name] ?? 0) + 1;
  const noteError = (error: unknown) => note((error as Error).name);
  const random = (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor(seed / 2 ** 32 * below);
  };
  const count = (ref: { value: Counts }) => ref.value.jobs.add(1);
  const open: PromiseLike<unknown>[] = [];
  const doors: (() => void)[] = [
    () => object.desync(count),
    () => object.desync((_ref, n: SharedCounter) => n.add(1), jobs),
    () => open.push(object.futureSync(count)),
    () => open.push(object.futureDesync(count)),
    () => open.push(object.after(Promise.resolve(1), count)),
    () => object.futureSync(count).cancel(),
    () => {
      const suspension = object.suspend();
      open.push(suspension.reached.then(() => suspension.resume()));
    },
    () => {
      const later = Promise.withResolvers<number>();
      open.push(object.after(later.promise, count));
      setTimeout(() => later.resolve(1));
    },
    () =>
      object.desync(() => {
        close();
        return new Promise<void>(() => {});
      }),
  ];
  const asked: PromiseLike<unknown>[] = [];
  const attempt = (call: () => unknown) => {
    try {
      note(typeof call());
    } catch (error) {
      noteError(error);
    }
  };
  for (let round = 0; round < rounds; round++) {
    for (let k = random(6); k >= 0; k--) {
      // The last door is gone through in every fourth round.
      attempt(doors[k === 0 && round % 4 === 0 ? 8 : random(8)]!);
    }
    const these = open.splice(0).map((one) =>
      one.then(() => note("done"), noteError)
    );
    if (random(3) === 0) attempt(() => object.sync(count));
    if (random(2) === 0) await Promise.all(these);
    else await new Promise((next) => setTimeout(next));
    asked.push(...these);
  }
  await Promise.all(asked);
  return outcomes;
};

/** What can come of it. A thread does not block behind places of its own. */
const OUTCOMES = [
  "done",
  "number",
  "undefined",
  "boolean",
  "WorkerLostError",
  "DeadlockError",
];

testTwo(
  "RemoteDesync: nobody waits for ever, however often the object is lost",
  async ({ runtime }) => {
    const [jobs, disposed] = [new SharedCounter(), new SharedCounter()];
    const object = await Desync.on(
      runtime,
      (jobs: SharedCounter, disposed: SharedCounter) => ({ jobs, disposed }),
      {
        worker: 1,
        args: [jobs, disposed],
        onLoss: "rebuild",
        dispose: ({ value }) => void value.disposed.add(1),
        onError: () => {},
      },
    );
    // Its module is to be there when that thread blocks.
    await runtime.on(0).spawn((_object: unknown) => {}, object);
    const all = await Promise.all([
      ask(object, jobs, { rounds: ROUNDS, seed: 1 }),
      runtime.on(0).spawn(ask, object, jobs, { rounds: ROUNDS, seed: 2 }),
      runtime.on(0).spawn(ask, object, jobs, { rounds: ROUNDS, seed: 3 }),
    ]);
    for (const outcomes of all) {
      assert((outcomes.done ?? 0) > 0, JSON.stringify(outcomes));
      assertEquals(
        Object.keys(outcomes).filter((name) => !OUTCOMES.includes(name)),
        [],
      );
    }
    await object[Symbol.asyncDispose]();
    assertEquals(disposed.value, 1);
  },
);
