/**
 * Objects that are disposed of when they are lost, or lost when they are disposed of: who
 * does that waits for their end, whichever thread has them made again.
 */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  Desync,
  DesyncClosedError,
  type PlacedDesync,
  type Reference,
} from "../../../desync/mod.ts";
import { SharedCounter } from "../../../sync/mod.ts";
import { type Runtime, WorkerLostError } from "../../../mod.ts";
import { die, testTwo, turn } from "./two_workers.ts";

/** What the threads tell each other, which is all that the objects hold. */
interface Signs {
  /** How often the object was made, or began to be. */
  readonly made: SharedCounter;
  /** How often it may be. */
  readonly may: SharedCounter;
  /** How many jobs ran. */
  readonly ran: SharedCounter;
  /** How often it was disposed of. */
  readonly disposed: SharedCounter;
  /** How many threads are about to close it, or to block for it. */
  readonly waiting: SharedCounter;
}

type Signed = PlacedDesync<Signs>;
type Ref = Reference<Signs>;

const OWNER = 1;
const MANY = 100;

/** The same as soon as somebody is about to close the object. */
const dieWhenClosed = ({ value }: Ref): Promise<void> => {
  while (value.waiting.value < 1);
  close();
  return new Promise(() => {});
};
/** Counts the jobs. */
const count = ({ value }: Ref): number => value.ran.add(1) + 1;

/** Closes the object on a worker. Returns what had run, and been disposed of, by then. */
const closeIt = async (
  object: Signed,
  { waiting, ran, disposed }: Signs,
): Promise<number[]> => {
  const closed = object[Symbol.asyncDispose]();
  waiting.add(1);
  await closed;
  return [ran.value, disposed.value];
};

/** An object that can be made so often. */
async function madeOn(
  runtime: Runtime,
  may: number,
): Promise<{ object: Signed; signs: Signs }> {
  const signs = {
    made: new SharedCounter(),
    may: new SharedCounter(),
    ran: new SharedCounter(),
    disposed: new SharedCounter(),
    waiting: new SharedCounter(),
  };
  signs.may.add(may);
  const object = await Desync.on(runtime, async (signs: Signs) => {
    const number = signs.made.add(1);
    while (signs.may.value <= number) {
      await new Promise((next) => setTimeout(next));
    }
    return signs;
  }, {
    worker: OWNER,
    args: [signs],
    onLoss: "rebuild",
    dispose: ({ value }) => void value.disposed.add(1),
  });
  return { object, signs };
}

async function lose(object: Signed): Promise<void> {
  await assertRejects(() => object.futureSync(die).then(), WorkerLostError);
}

testTwo(
  "RemoteDesync is disposed of by one thread while another one has it made again: when that is over",
  async ({ runtime }) => {
    const { object, signs } = await madeOn(runtime, 1);
    await lose(object);
    const counted = object.futureSync(count);
    const closed = runtime.on(0).spawn(closeIt, object, signs);
    while (signs.made.value < 2 || signs.waiting.value < 1) await turn();
    signs.may.add(1);
    assertEquals(await closed, [1, 1]);
    assertEquals(await counted, 1);
    assertEquals(signs.made.value, 2);
  },
);

testTwo(
  "RemoteDesync is disposed of by one thread before another one has it made again: what that asked for is done",
  async ({ runtime }) => {
    const { object, signs } = await madeOn(runtime, MANY);
    await lose(object);
    object.desync(count);
    const counted = object.futureDesync(count);
    assertEquals(await runtime.on(0).spawn(closeIt, object, signs), [2, 1]);
    assertEquals(await counted, 2);
    assertEquals(signs.made.value, 2);
  },
);

testTwo(
  "RemoteDesync that is lost is disposed of: what it had not begun runs before, and it is not made for nothing",
  async ({ runtime }) => {
    for (const left of [3, 0]) {
      const { object, signs } = await madeOn(runtime, MANY);
      const told = assertRejects(
        () => object.futureSync(dieWhenClosed).then(),
        WorkerLostError,
      );
      for (let k = 0; k < left; k++) object.desync(count);
      signs.waiting.add(1);
      await told;
      await object[Symbol.asyncDispose]();
      const times = Math.min(left, 1);
      assertEquals([signs.ran.value, signs.disposed.value], [left, times]);
      assertEquals(signs.made.value, 1 + times);
      assertThrows(() => object.sync(count), DesyncClosedError);
    }
  },
);

testTwo(
  "RemoteDesync that is lost while it is disposed of does what is left, and is disposed of then",
  async ({ runtime }) => {
    const { object, signs } = await madeOn(runtime, MANY);
    object.desync(dieWhenClosed);
    for (let k = 0; k < 3; k++) object.desync(count);
    assertEquals(await runtime.on(0).spawn(closeIt, object, signs), [3, 1]);
    assertEquals(signs.made.value, 2);
  },
);

testTwo(
  "RemoteDesync that cannot be made any more is disposed of all the same",
  async ({ runtime }) => {
    const made = new SharedCounter();
    const make = (how: "throws" | "dies") =>
      Desync.on(runtime, (made: SharedCounter, how: string) => {
        if (made.add(1) % 2 === 1) {
          if (how === "throws") throw new SyntaxError("not any more");
          close();
          return new Promise<number>(() => {});
        }
        return Promise.resolve(1);
      }, { worker: OWNER, args: [made, how], onLoss: "rebuild" });
    for (const how of ["throws", "dies"] as const) {
      const object = await make(how);
      object.desync(die);
      const told = assertRejects(
        () => object.futureSync(() => {}).then(),
        WorkerLostError,
      );
      object.desync(() => {});
      await told;
      await object[Symbol.asyncDispose]();
    }
    assertEquals(made.value, 4);
  },
);

testTwo(
  "RemoteDesync that is disposed of while a thread blocks until it is made again: that one is told, and it ends",
  async ({ runtime }) => {
    const { object, signs } = await madeOn(runtime, 1);
    await lose(object);
    const answer = runtime.on(0).spawn(
      (object: Signed, { waiting }: Signs) => {
        waiting.add(1);
        try {
          return String(object.sync(({ value }) => value.ran.add(1)));
        } catch (error) {
          return (error as Error).name;
        }
      },
      object,
      signs,
    );
    while (signs.made.value < 2) await turn();
    const closed = object[Symbol.asyncDispose]();
    signs.may.add(1);
    await closed;
    assertEquals(signs.disposed.value, 1);
    assertEquals(await answer, "DesyncClosedError");
  },
);
