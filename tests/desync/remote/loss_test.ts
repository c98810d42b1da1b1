import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  Desync,
  DesyncClosedError,
  type PlacedDesync,
  type Reference,
} from "../../../desync/mod.ts";
import { SharedCounter } from "../../../sync/mod.ts";
import {
  type Runtime,
  RuntimeClosedError,
  WorkerLostError,
} from "../../../mod.ts";
import { testTwo } from "./two_workers.ts";

type Ref<T> = Reference<T>;

const get = <T>(ref: Ref<T>): T => ref.value;
/** Ends the worker; nothing runs behind this job until then. */
const die = (): Promise<void> => {
  close();
  return new Promise(() => {});
};
const waitFor = (_ref: unknown, gate: SharedCounter, value: number): void => {
  while (gate.value < value);
};
/** Waits until a worker was replaced. */
async function replaced(runtime: Runtime, worker: number): Promise<void> {
  while (runtime.report().workers[worker]!.replaced === 0) {
    await new Promise((next) => setTimeout(next));
  }
}

testTwo(
  "RemoteDesync: when its worker is lost all who wait are told, those too who block, and later calls are refused",
  async ({ runtime, on }) => {
    const object = await on(0, 1);
    const gate = new SharedCounter();
    const died = assertRejects(
      () =>
        object.futureDesync((_ref, gate: SharedCounter) => {
          while (gate.value < 1);
          close();
          return new Promise<void>(() => {});
        }, gate).then(),
      WorkerLostError,
    );
    const waiting = [
      object.futureSync(get),
      object.futureDesync(get),
      object.after(new Promise<number>(() => {}), (_ref, n) => n),
    ].map((future) => assertRejects(() => future.then(), WorkerLostError));
    const { reached } = object.suspend();
    const blocked = runtime.on(1).spawn(
      (object: PlacedDesync<number>, gate: SharedCounter) => {
        gate.add(1);
        try {
          return String(object.sync((ref) => ref.value));
        } catch (error) {
          return (error as Error).name;
        }
      },
      object,
      gate,
    );
    assertStrictEquals(await blocked, "WorkerLostError");
    await died;
    await Promise.all(waiting);
    await reached;
    await replaced(runtime, 0);
    const { closing } = object;
    assertThrows(() => object.desync(get), WorkerLostError);
    assertThrows(() => object.sync(get), WorkerLostError);
    assertThrows(() => object.trySync(get), WorkerLostError);
    await assertRejects(() => object.futureSync(get).then(), WorkerLostError);
    assertInstanceOf(closing.reason, WorkerLostError);
    await object[Symbol.asyncDispose]();
  },
);

testTwo(
  "RemoteDesync.sync() of the starting thread is told when the worker is lost",
  async ({ on }) => {
    const object = await on(0, 1);
    assertThrows(
      () => object.sync(die),
      WorkerLostError,
    );
  },
);

testTwo(
  'RemoteDesync with `onLoss: "rebuild"` is made anew, and what had not begun runs then',
  async ({ runtime, on }) => {
    const object = await on(0, 100, { onLoss: "rebuild" });
    const gate = new SharedCounter();
    object.desync(waitFor, gate, 1);
    object.desync(die);
    for (let k = 0; k < 10; k++) object.desync((ref) => ++ref.value);
    // What is sent beside the queue goes with the worker, and keeps nobody waiting.
    object.desync((ref, n: SharedCounter) => ref.value += n.value, gate);
    const told = assertRejects(
      () => object.futureSync((ref) => ref.value = 0).then(),
      WorkerLostError,
    );
    gate.add(1);
    await told;
    // Of those that this thread asks for while there is no worker, or already again.
    const during = [1, 2, 3].map(() => object.futureSync((ref) => ++ref.value));
    assertEquals(await Promise.all(during), [111, 112, 113]);
    assertStrictEquals(object.sync(get), 113);
    const shared = new SharedCounter();
    object.sync((_ref, shared: SharedCounter) => shared.add(1), shared);
    assertStrictEquals(shared.value, 1);
    // All threads go on with the same object.
    const seen = await runtime.on(1).spawn(
      (object: PlacedDesync<number>) => object.sync((ref) => ++ref.value),
      object,
    );
    assertStrictEquals(seen, 114);
    await object[Symbol.asyncDispose]();
  },
);

testTwo(
  "RemoteDesync: an object stands still no longer than the thread lives that has stopped it",
  async ({ runtime, on }) => {
    const object = await on(0, 1);
    const stopped = new SharedCounter();
    const ended = runtime.on(1).spawn(
      async (object: PlacedDesync<number>, stopped: SharedCounter) => {
        const suspension = object.suspend();
        object.after(new Promise<number>(() => {}), (ref, n) => ref.value = n)
          .detach();
        await suspension.reached;
        stopped.add(1);
        (globalThis as { kept?: unknown }).kept = suspension;
        close();
        await new Promise(() => {});
      },
      object,
      stopped,
    ).catch((error) => error);
    while (stopped.value < 1) await new Promise((next) => setTimeout(next));
    const seen = object.futureSync((ref) => ++ref.value);
    assertInstanceOf(await ended, WorkerLostError);
    assertStrictEquals(await seen, 2);
  },
);

testTwo(
  "Runtime.close() runs what was asked for, ends suspensions, and disposes of the data last",
  async ({ runtime, on }) => {
    const left = new SharedCounter();
    const object = await on(0, { sum: 0, left }, {
      dispose: ({ value }) => {
        value.left.add(value.sum);
      },
    });
    const suspension = object.suspend();
    for (let k = 0; k < 1000; k++) object.desync((ref) => ++ref.value.sum);
    const last = object.futureSync((ref) => ref.value.sum);
    await suspension.reached;
    await runtime.close();
    assertStrictEquals(await last, 1000);
    assertStrictEquals(left.value, 1000);
    assertThrows(() => object.desync(get), RuntimeClosedError);
    assertThrows(() => object.sync(get), RuntimeClosedError);
    assertThrows(() => object.suspend(), RuntimeClosedError);
    await assertRejects(
      () => object.futureSync(get).then(),
      RuntimeClosedError,
    );
    await object[Symbol.asyncDispose]();
  },
);

testTwo(
  "Runtime.terminate() leaves nobody waiting",
  async ({ runtime, on }) => {
    const [object, other] = [await on(0, 1), await on(1, 2)];
    const gate = new SharedCounter();
    object.desync(waitFor, gate, 1);
    const futures = [
      object.futureSync(get),
      object.futureDesync(get),
      object.after(new Promise<number>(() => {}), (_ref, n) => n),
      other.futureDesync(
        (_ref, object: PlacedDesync<number>) => object.sync((o) => o.value),
        object,
      ),
    ].map((future) => assertRejects(() => future.then(), Error));
    await runtime.terminate();
    await Promise.all(futures);
    await object[Symbol.asyncDispose]();
    gate.add(1); // so that the thread can end
  },
);

testTwo(
  "Runtime.close() whose time is up ends a job that does not end, and tells those who wait behind it",
  async ({ runtime, on }) => {
    const gate = new SharedCounter();
    const object = await on(0, 1);
    object.desync(waitFor, gate, 2);
    const awaited = object.futureSync(get);
    const told = assertRejects(() => awaited.then());
    const blocked = runtime.on(1).spawn(
      (object: PlacedDesync<number>, gate: SharedCounter) => {
        gate.add(1);
        return object.sync((ref) => ref.value);
      },
      object,
      gate,
    );
    const blockedTold = assertRejects(() => blocked.then());
    while (gate.value < 1) await new Promise((next) => setTimeout(next));
    await runtime.close({ timeout: 50 });
    await told;
    await blockedTold;
    gate.add(1); // so that the thread can end
  },
);

testTwo(
  "Runtime.resize() runs what was asked for on workers that go, and refuses the rest (D17)",
  async ({ runtime, on }) => {
    const count = new SharedCounter();
    const object = await on(1, count);
    for (let k = 0; k < 1000; k++) {
      object.desync((ref) => void ref.value.add(1));
    }
    // This one is sent beside the queue.
    object.desync((_ref, n: SharedCounter) => void n.add(1), count);
    await runtime.resize(1);
    assertStrictEquals(count.value, 1001);
    assertThrows(() => object.sync(get), Error);
    await assertRejects(() => object.futureSync(get).then());
    await object[Symbol.asyncDispose]();
  },
);

testTwo(
  "Desync.on() is rejected with what the factory throws, and with what is wrong with its arguments",
  async ({ runtime }) => {
    await assertRejects(
      () =>
        Desync.on(runtime, () => {
          throw new RangeError("no data");
        }),
      RangeError,
      "no data",
    );
    const here = 1;
    await assertRejects(() => Desync.on(runtime, () => here), ReferenceError);
    const make = () => 1;
    const bad: [unknown, unknown, unknown][] = [
      [{}, make, {}],
      [runtime, 5, {}],
      [runtime, make, null],
      [runtime, make, { args: 5 }],
      [runtime, make, { name: 5 }],
      [runtime, make, { onFailure: "stop" }],
      [runtime, make, { onLoss: "stop" }],
      [runtime, make, { onError: 5 }],
      [runtime, make, { dispose: {} }],
      [runtime, make, { affinity: 5 }],
      [runtime, make, { args: [() => 1] }],
    ];
    for (const args of bad) {
      await assertRejects(
        () => (Desync.on as (...args: unknown[]) => Promise<unknown>)(...args),
        TypeError,
      );
    }
    for (
      const options of [{ worker: 2 }, { worker: 0.5 }, { near: -1 }, {
        reserve: 5,
      }, { timeout: -1 }]
    ) {
      await assertRejects(() => Desync.on(runtime, make, options), RangeError);
    }
    const object = await Desync.on(runtime, make);
    assertThrows(() => object.sync(5 as never), TypeError);
    assertThrows(() => object.desync((_ref, fn) => fn, () => 1), TypeError);
    assertThrows(() => object.sync(() => () => 1), TypeError);
    assertThrows(() => object.sync(() => here), ReferenceError);
    assert(!object.isPoisoned);
    assertStrictEquals(object.sync(get), 1);
  },
);

testTwo(
  "Desync.on() places objects: by affinity, near a node, and else in turn",
  async ({ runtime }) => {
    const make = () => 1;
    const workers: number[] = [];
    for (const affinity of runtime.affinities) {
      workers.push((await Desync.on(runtime, make, { affinity })).worker);
    }
    assertEquals(workers, [0, 1]);
    const near = await Desync.on(runtime, make, { near: 0 });
    assert(near.worker === 0 || near.worker === 1);
    const inTurn = [
      await Desync.on(runtime, make),
      await Desync.on(runtime, make),
    ];
    assertEquals(inTurn.map(({ worker }) => worker).toSorted(), [0, 1]);
  },
);

testTwo(
  'Runtime.recycle() has an object with `onLoss: "rebuild"` made again, and each job runs once',
  async ({ runtime }) => {
    const counts = { made: new SharedCounter(), disposed: new SharedCounter() };
    const object = await Desync.on(runtime, (all: typeof counts) => {
      all.made.add(1);
      return all;
    }, {
      worker: 1,
      args: [counts],
      onLoss: "rebuild",
      dispose: ({ value }) => void value.disposed.add(1),
    });
    const ran = new SharedCounter();
    let asked = 0;
    const answered = async (): Promise<number> => {
      for (let k = 0; k < 100; k++, asked++) {
        object.desync((_ref, ran: SharedCounter) => void ran.add(1), ran);
      }
      return await object.futureSync(
        (_ref, ran: SharedCounter) => ran.value,
        ran,
      );
    };
    for (let k = 0; k < 3; k++) {
      let isOver = false;
      const recycled = runtime.recycle(1).finally(() => isOver = true);
      while (!isOver) {
        assertStrictEquals(await answered(), asked);
      }
      await recycled;
      assertStrictEquals(await answered(), asked);
    }
    assertEquals([counts.made.value, counts.disposed.value], [4, 3]);
    await object[Symbol.asyncDispose]();
    assertStrictEquals(counts.disposed.value, 4);
  },
);

testTwo(
  "RemoteDesync is disposed of also while it is made again: what was asked for is done, then `dispose`",
  async ({ runtime }) => {
    const counts = { ran: new SharedCounter(), disposed: new SharedCounter() };
    const object = await Desync.on(runtime, (all: typeof counts) => all, {
      worker: 1,
      args: [counts],
      onLoss: "rebuild",
      dispose: ({ value }) => void value.disposed.add(1),
    });
    await assertRejects(() => object.futureSync(die).then(), WorkerLostError);
    const last = object.futureDesync(({ value }) => value.ran.add(1));
    await object[Symbol.asyncDispose]();
    assertEquals([counts.ran.value, counts.disposed.value], [1, 1]);
    await last;
    assertThrows(() => object.sync(() => 1), DesyncClosedError);
  },
);

testTwo(
  "RemoteDesync that could not be made again is made by the next one who asks, and waits for nothing that was refused",
  async ({ runtime }) => {
    const made = new SharedCounter();
    const object = await Desync.on(runtime, (made: SharedCounter) => {
      if (made.add(1) === 1) throw new SyntaxError("not this time");
      return made;
    }, { worker: 1, args: [made], onLoss: "rebuild" });
    await assertRejects(() => object.futureSync(die).then(), WorkerLostError);
    await assertRejects(() => object.futureSync(get).then(), SyntaxError);
    assertStrictEquals(await object.futureSync(({ value }) => value.value), 3);
  },
);
