/**
 * Objects that are made again, and lost again before they came to what was asked for in
 * between: whoever waits is told, and nobody who comes later waits for what is gone.
 */

import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  Desync,
  DesyncPoisonedError,
  type PlacedDesync,
  type Reference,
} from "../../../desync/mod.ts";
import {
  allocateQueue,
  SharedQueue,
} from "../../../desync/remote/shared_queue.ts";
import { SharedCounter } from "../../../sync/mod.ts";
import { type Runtime, WorkerLostError } from "../../../mod.ts";
import { die, testTwo, turn } from "./two_workers.ts";

/** What the threads tell each other, which is all that the objects hold. */
interface Signs {
  /** How often the object was made. */
  readonly made: SharedCounter;
  /** How many jobs wait for a word. */
  readonly waiting: SharedCounter;
  /** The word. */
  readonly go: SharedCounter;
  /** How many jobs ran. */
  readonly ran: SharedCounter;
}

type Signed = PlacedDesync<Signs>;
type Ref = Reference<Signs>;

const OWNER = 1;

/** The same as soon as somebody says so. Mail is read meanwhile. */
const dieAtWord = async ({ value }: Ref): Promise<void> => {
  value.waiting.add(1);
  while (value.go.value < 1) await new Promise((next) => setTimeout(next));
  close();
  await new Promise(() => {});
};
/** Fails as soon as somebody says so. */
const failAtWord = async ({ value }: Ref): Promise<void> => {
  value.waiting.add(1);
  while (value.go.value < 1) await new Promise((next) => setTimeout(next));
  throw new Error("on purpose");
};
/** Counts the jobs. */
const count = ({ value }: Ref): number => value.ran.add(1) + 1;

/** Resolves, on a worker, when a counter is there: what ran there before has been told. */
const until = async (counter: SharedCounter, value: number): Promise<void> => {
  do await new Promise((next) => setTimeout(next)); while (
    counter.value < value
  );
};

/** An object that is made again, and has lost its first worker. */
async function lostOn(
  runtime: Runtime,
  onFailure: "continue" | "poison" = "continue",
): Promise<{ object: Signed; signs: Signs }> {
  const signs = {
    made: new SharedCounter(),
    waiting: new SharedCounter(),
    go: new SharedCounter(),
    ran: new SharedCounter(),
  };
  const object = await Desync.on(runtime, (signs: Signs) => {
    signs.made.add(1);
    return signs;
  }, {
    worker: OWNER,
    args: [signs],
    onLoss: "rebuild",
    onFailure,
    onError: () => {},
  });
  await assertRejects(() => object.futureSync(die).then(), WorkerLostError);
  return { object, signs };
}

testTwo(
  "RemoteDesync that is lost again has told who asked in between, and stands still for nobody",
  async ({ runtime }) => {
    const { object, signs } = await lostOn(runtime);
    object.desync(dieAtWord);
    const told = [object.futureSync(count), object.futureDesync(count)]
      .map((future) => assertRejects(() => future.then(), WorkerLostError));
    object.desync(({ value }, n: SharedCounter) => {
      value.ran.add(n.value);
    }, signs.made);
    await runtime.on(OWNER).spawn(until, signs.waiting, 1);
    await turn();
    // What they ask for lies on that worker now, their places are before it.
    signs.go.add(1);
    await Promise.all(told);
    assertStrictEquals(await object.futureSync(count), 1);
    assertStrictEquals(object.sync(count), 2);
    assertEquals(signs.made.value, 3);
  },
);

testTwo(
  "RemoteDesync whose next worker is lost before it is made has told who asked, and stands still for nobody",
  async ({ runtime }) => {
    const { object } = await lostOn(runtime);
    object.desync(die);
    const told = [object.futureSync(count), object.futureDesync(count)]
      .map((future) => assertRejects(() => future.then(), WorkerLostError));
    await Promise.all(told);
    assertStrictEquals(await object.futureSync(count), 1);
    assertStrictEquals(object.sync(count), 2);
  },
);

testTwo(
  "RemoteDesync: who asked is told if another thread has had the object made, and that is lost with its place",
  async ({ runtime }) => {
    const { object, signs } = await lostOn(runtime);
    const asked = new SharedCounter();
    const answer = runtime.on(0).spawn(
      async (
        object: Signed,
        asked: SharedCounter,
        { go }: Signs,
      ): Promise<string> => {
        const counted = object.futureSync(({ value }) => value.ran.add(1));
        asked.add(1);
        while (go.value < 1); // it has no time for whoever is made
        try {
          return String(await counted);
        } catch (error) {
          return (error as Error).name;
        }
      },
      object,
      asked,
      signs,
    );
    while (asked.value < 1) await turn();
    object.desync(count);
    await runtime.on(OWNER).spawn(until, signs.made, 2);
    // It stands at the place of that thread.
    await assertRejects(
      () => runtime.on(OWNER).spawn(die).then(),
      WorkerLostError,
    );
    assertStrictEquals(await object.futureSync(count), 2);
    signs.go.add(1);
    assertStrictEquals(await answer, "WorkerLostError");
    assertStrictEquals(await object.futureSync(count), 3);
  },
);

testTwo(
  "RemoteDesync is made once for all threads that ask meanwhile",
  async ({ runtime }) => {
    const made = new SharedCounter();
    const object = await Desync.on(runtime, async (made: SharedCounter) => {
      const number = made.add(1);
      // Until all others can have asked for it, too.
      for (let k = 0; number > 0 && k < 20; k++) {
        await new Promise((next) => setTimeout(next));
      }
      return number;
    }, { worker: OWNER, args: [made], onLoss: "rebuild" });
    await assertRejects(() => object.futureSync(die).then(), WorkerLostError);
    const asked = [
      object.futureSync(({ value }) => value),
      runtime.on(0).spawn(
        (object: PlacedDesync<number>) => object.sync(({ value }) => value),
        object,
      ),
      runtime.on(OWNER).spawn(
        async (object: PlacedDesync<number>) =>
          await object.futureSync(({ value }) => value),
        object,
      ),
    ];
    assertEquals(await Promise.all(asked), [1, 1, 1]);
    assertEquals(made.value, 2);
  },
);

testTwo(
  "RemoteDesync.after() and suspend() can be asked for while the object is made again",
  async ({ runtime }) => {
    const { object, signs } = await lostOn(runtime);
    const later = Promise.withResolvers<number>();
    const suspension = object.suspend();
    const [over, resumed] = [object.suspend(), object.suspend()];
    resumed.resume();
    const outputs = [
      object.after(Promise.resolve(5), (_ref, n) => n),
      object.after(later.promise, (_ref, n) => n),
    ];
    const refused = assertRejects(
      () => object.after(Promise.reject(new SyntaxError()), count).then(),
      SyntaxError,
    );
    const last = object.futureSync(count);
    await suspension.reached;
    assertStrictEquals(signs.ran.value, 0);
    suspension.resume();
    await over.reached;
    over.resume();
    await resumed.reached;
    assertStrictEquals(await outputs[0], 5);
    later.resolve(6);
    assertStrictEquals(await outputs[1], 6);
    await refused;
    assertStrictEquals(await last, 1);
  },
);

testTwo(
  "RemoteDesync.after() and suspend() that were asked for between two losses are told of the second one",
  async ({ runtime }) => {
    const { object, signs } = await lostOn(runtime);
    object.desync(dieAtWord);
    const suspension = object.suspend();
    const later = Promise.withResolvers<number>();
    const told = [
      object.after(Promise.resolve(5), (_ref, n) => n),
      object.after(later.promise, (_ref, n) => n),
    ].map((future) => assertRejects(() => future.then(), WorkerLostError));
    await runtime.on(OWNER).spawn(until, signs.waiting, 1);
    await turn();
    signs.go.add(1);
    await Promise.all(told);
    await suspension.reached;
    assertStrictEquals(await object.futureSync(count), 1);
    later.resolve(6);
    suspension.resume();
    assertStrictEquals(await object.futureSync(count), 2);
  },
);

testTwo(
  "SyncFuture.cancel() of a job that was asked for while the object is made again keeps it from running",
  async ({ runtime }) => {
    const { object, signs } = await lostOn(runtime);
    const cancelled = object.futureSync(count);
    cancelled.cancel();
    assertStrictEquals(await object.futureSync(count), 1);
    assertEquals([signs.made.value, signs.ran.value], [2, 1]);
  },
);

for (const isSent of [false, true]) {
  testTwo(
    `RemoteDesync that is poisoned right after it was made again tells who asked meanwhile, ${
      isSent ? "though it has" : "whose content it does not have"
    } their jobs`,
    async ({ runtime }) => {
      const { object, signs } = await lostOn(runtime, "poison");
      if (!isSent) signs.go.add(1);
      object.desync(
        isSent ? failAtWord : () => {
          throw new Error("on purpose");
        },
      );
      const told = [
        object.futureSync(count),
        object.after(new Promise<number>(() => {}), count),
      ].map((future) =>
        assertRejects(() => future.then(), DesyncPoisonedError)
      );
      const suspension = object.suspend();
      if (isSent) {
        await runtime.on(OWNER).spawn(until, signs.waiting, 1);
        await turn();
        signs.go.add(1);
      }
      await Promise.all(told);
      await suspension.reached;
      suspension.resume();
      object.clearPoison();
      assertStrictEquals(await object.futureSync(count), 1);
    },
  );
}

testTwo(
  "RemoteDesync: who blocks while the object is lost again and again is answered by the one that stays",
  async ({ runtime }) => {
    const { object } = await lostOn(runtime);
    for (let k = 0; k < 2; k++) object.desync(die);
    const answer = await runtime.on(0).spawn(
      (object: Signed) => {
        for (;;) {
          try {
            return object.sync(({ value }) => value.ran.add(1));
          } catch (error) {
            if ((error as Error).name !== "WorkerLostError") throw error;
          }
        }
      },
      object,
    );
    assertStrictEquals(answer, 0);
  },
);

Deno.test("SharedQueue.lifeChanged() resolves when the object ends, too", {
  timeout: 60_000,
}, async () => {
  const shape = { reserve: 4096 };
  const queue = new SharedQueue(allocateQueue(shape), shape);
  const changed = queue.lifeChanged(0);
  queue.end();
  await changed;
  assertEquals(queue.lifeChanged(0), undefined);
});
