import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  DesyncClosedError,
  DesyncPoisonedError,
  type PlacedDesync,
  type Reference,
} from "../../../desync/mod.ts";
import { SharedCounter } from "../../../sync/mod.ts";
import { move } from "../../../codec/mod.ts";
import { QueueFullError } from "../../../workers/mod.ts";
import { Point } from "../../../examples/my_data.ts";
import { testTwo } from "./two_workers.ts";

type Ref<T> = Reference<T>;

const get = <T>(ref: Ref<T>): T => ref.value;
const add = (ref: Ref<number>, n: number): number => ref.value += n;
const nested = async (
  ref: Ref<number>,
  inner: PlacedDesync<number>,
  isSync: boolean,
): Promise<void> => {
  ref.value = isSync
    ? await inner.futureSync((i) => ++i.value)
    : await inner.futureDesync((i) => ++i.value);
};
const waitFor = (_ref: unknown, gate: SharedCounter, value: number): void => {
  while (gate.value < value);
};
const waitLater = async (
  _ref: unknown,
  gate: SharedCounter,
  value: number,
): Promise<void> => {
  while (gate.value < value) await new Promise((next) => setTimeout(next));
};

testTwo(
  "Desync.on(): jobs of two objects run beside each other (D5)",
  async ({ on }) => {
    const [one, other] = [await on(0, 1), await on(1, 2)];
    const met = new SharedCounter();
    const meet = (_ref: unknown, met: SharedCounter) => {
      met.add(1);
      while (met.value < 2);
    };
    await Promise.all([
      one.futureDesync(meet, met),
      other.futureDesync(meet, met),
    ]);
    assertEquals([one.worker, other.worker], [0, 1]);
  },
);

testTwo(
  "RemoteDesync: what one thread asked for before another one did runs before, 1000 times (D3)",
  async ({ runtime, on }) => {
    const list = await on<number[]>(0, []);
    const turn = new SharedCounter(-1);
    // Takes turns with this thread, by a word and nothing else.
    const other = runtime.on(1).spawn(
      (list: PlacedDesync<number[]>, turn: SharedCounter) => {
        turn.add(1);
        for (let k = 1; k < 1000; k += 2) {
          while (turn.value < k);
          list.desync((l, k) => l.value.push(k), k);
          turn.add(1);
        }
      },
      list,
      turn,
    );
    while (turn.value < 0) await new Promise((next) => setTimeout(next));
    for (let k = 0; k < 1000; k += 2) {
      while (turn.value < k);
      list.desync((l, k) => l.value.push(k), k);
      turn.add(1);
    }
    await other;
    assertEquals(list.sync(get), Array.from({ length: 1000 }, (_, k) => k));
  },
);

testTwo(
  "RemoteDesync: futures of two objects may await each other in four ways, 1000 times (D10)",
  async ({ on }) => {
    const [outer, inner] = [await on(0, 0), await on(1, 0)];
    for (const from of ["futureSync", "futureDesync"] as const) {
      for (const to of ["futureSync", "futureDesync"] as const) {
        for (let k = 0; k < 250; k++) {
          const isSync = to === "futureSync";
          await (from === "futureSync"
            ? outer.futureSync(nested, inner, isSync)
            : outer.futureDesync(nested, inner, isSync));
        }
      }
    }
    assertEquals([outer.sync(get), inner.sync(get)], [1000, 1000]);
  },
);

testTwo(
  "RemoteDesync: three objects await one, and are collected by sync() (D11)",
  async ({ on }) => {
    const core = await on(0, 1);
    const initiators = await Promise.all([1, 1, 0].map((w) => on(w, 0)));
    for (const one of initiators) {
      one.desync(async (ref, core: PlacedDesync<number>) => {
        ref.value = await core.futureSync((c) => c.value *= 2);
      }, core);
    }
    const values = await Promise.all(
      initiators.map((one) => one.futureSync(get)),
    );
    assertEquals(values.toSorted(), [2, 4, 8]);
    assertEquals(
      initiators.slice(0, 2).map((one) => one.sync(get)),
      values.slice(0, 2),
    );
  },
);

testTwo(
  "RemoteDesync: 100 objects that block for one that is held go on when it does (D15)",
  async ({ on }) => {
    const held = await on(0, 0);
    const waiting = await Promise.all(
      Array.from({ length: 100 }, () => on(1, 0)),
    );
    const gate = new SharedCounter();
    held.desync(waitLater, gate, 1);
    const results = waiting.map((one) =>
      one.futureDesync(
        (ref, held: PlacedDesync<number>) => {
          ref.value = held.sync((h) => ++h.value);
        },
        held,
      )
    );
    gate.add(1);
    await Promise.all(results);
    assertStrictEquals(held.sync(get), 100);
  },
);

testTwo(
  "RemoteDesync.sync() behind an asynchronous job on the thread of the object is a DeadlockError (D25)",
  async ({ runtime, on }) => {
    const object = await on(0, 1);
    const gate = new SharedCounter();
    object.desync(waitLater, gate, 1);
    const name = await runtime.on(0).spawn((object: PlacedDesync<number>) => {
      try {
        return object.sync((ref) => ref.value = 2);
      } catch (error) {
        return (error as Error).name;
      }
    }, object);
    gate.add(1);
    assertStrictEquals(name, "DeadlockError");
    // From another thread it is no deadlock, and what was refused was not run.
    assertStrictEquals(object.sync(get), 1);
  },
);

testTwo(
  "RemoteDesync.sync() in a cycle of two workers is a DeadlockError of one of them, at once (D25)",
  async ({ on }) => {
    for (let k = 0; k < 50; k++) {
      const [one, other] = [await on(0, 0), await on(1, 0)];
      const met = new SharedCounter();
      const cross = (
        _ref: Ref<number>,
        met: SharedCounter,
        other: PlacedDesync<number>,
      ) => {
        met.add(1);
        while (met.value < 2);
        try {
          return other.sync((o) => ++o.value) as number | string;
        } catch (error) {
          return (error as Error).name;
        }
      };
      const ends = await Promise.all([
        one.futureDesync(cross, met, other),
        other.futureDesync(cross, met, one),
      ]);
      // One gives up; then the other one goes on.
      assertEquals(ends.map(String).toSorted(), ["1", "DeadlockError"]);
      assertEquals([one.sync(get), other.sync(get)].toSorted(), [0, 1]);
      await Promise.all([one, other].map((o) => o[Symbol.asyncDispose]()));
    }
  },
);

testTwo(
  "RemoteDesync: a worker that blocks for one object goes on to serve another (D15)",
  async ({ on }) => {
    const [outer, middle, inner] = [
      await on(0, 0),
      await on(1, 0),
      await on(0, 5),
    ];
    // `outer` blocks worker 0 for `middle`, which needs `inner` on worker 0.
    const value = outer.sync(
      (_ref, middle: PlacedDesync<number>, inner: PlacedDesync<number>) =>
        middle.sync(
          (_m, inner: PlacedDesync<number>) => inner.sync((i) => ++i.value),
          inner,
        ),
      middle,
      inner,
    );
    assertStrictEquals(value, 6);
  },
);

testTwo(
  "RemoteDesync: an endless queue of one object does not starve another on its worker",
  async ({ runtime, on }) => {
    const [greedy, modest] = [await on(0, 0), await on(0, 0)];
    const over = new SharedCounter();
    const feeding = runtime.on(1).spawn(
      (greedy: PlacedDesync<number>, over: SharedCounter) => {
        let asked = 0;
        while (over.value === 0) {
          for (let k = 0; k < 64; k++) greedy.desync((g) => ++g.value);
          asked += 64;
          // No more than a thousand wait.
          while (
            over.value === 0 && asked - (greedy.sync((g) => g.value)) > 1000
          );
        }
        return asked;
      },
      greedy,
      over,
    );
    for (let k = 1; k <= 200; k++) {
      assertStrictEquals(await modest.futureSync(add, 1), k);
    }
    over.add(1);
    const asked = await feeding;
    assertStrictEquals(greedy.sync(get), asked);
  },
);

testTwo(
  "RemoteDesync carries what cannot stand in the queue, in order",
  async ({ on }) => {
    const list = await on<number[]>(0, []);
    const shared = new SharedCounter();
    const bytes = new Uint8Array(300_000).fill(1);
    const moved = new Uint8Array([1, 2, 3]);
    const sums = [
      list.futureSync((l) => l.value.push(0)),
      list.futureSync((l, c) => (c.add(5), l.value.push(1)), shared),
      list.futureDesync((l, b) => (l.value.push(2), b.length), bytes),
      list.futureDesync((l, b) => (l.value.push(3), b[2]!), move(moved)),
      list.futureDesync((l, p) => (l.value.push(4), p.norm), new Point(3, 4)),
    ];
    list.desync((l) => l.value.push(5));
    assertEquals(await Promise.all(sums), [1, 2, 300_000, 3, 5]);
    assertEquals(list.sync(get), [0, 1, 2, 3, 4, 5]);
    assertEquals([shared.value, moved.length], [5, 0]);
    const echoed = list.sync((_l, c) => c, shared);
    assertStrictEquals(echoed.value, 5);
    assertEquals(list.trySync((_l, c) => c.add(1), shared), {
      state: "ok",
      value: 5,
    });
  },
);

testTwo(
  "RemoteDesync: a job that fails and that nobody awaits is a rejection where it was asked for",
  async ({ on }) => {
    const object = await on(0, 1);
    const { promise, resolve } = Promise.withResolvers<PromiseRejectionEvent>();
    const listener = (event: PromiseRejectionEvent) => {
      event.preventDefault();
      resolve(event);
    };
    addEventListener("unhandledrejection", listener);
    const held = setInterval(() => {}, 1000); // nobody awaits the worker
    try {
      object.desync(() => {
        throw new RangeError("stray");
      });
      const { reason } = await promise;
      assertInstanceOf(reason, RangeError);
      assertStrictEquals(reason.message, "stray");
    } finally {
      clearInterval(held);
      removeEventListener("unhandledrejection", listener);
    }
    assertStrictEquals(object.sync(get), 1);
  },
);

testTwo(
  "RemoteDesync: `onError` gets what nobody awaits, on the worker (D6)",
  async ({ runtime, on }) => {
    const told = await on<string[]>(1, []);
    const object = await on(0, 1, {
      onError: (error) => {
        (globalThis as { lastError?: string }).lastError = String(error);
      },
    });
    object.desync(() => {
      throw new RangeError("first");
    });
    const lastError = () => (globalThis as { lastError?: string }).lastError;
    object.sync(get);
    assertStrictEquals(
      await runtime.on(0).spawn(lastError),
      "RangeError: first",
    );
    object.futureDesync(() => {
      throw new RangeError("second");
    }).detach();
    object.sync(get);
    // What is reported comes back to the worker by mail.
    while (await runtime.on(0).spawn(lastError) !== "RangeError: second");
    await told[Symbol.asyncDispose]();
  },
);

testTwo(
  "RemoteDesync: all threads get the cause of a poisoned object (D18)",
  async ({ runtime, on }) => {
    const object = await on(0, 1, { onFailure: "poison" });
    await assertRejects(
      () =>
        object.futureSync(() => {
          throw new RangeError("broken");
        }).then(),
      RangeError,
    );
    const told = await runtime.on(1).spawn((object: PlacedDesync<number>) => {
      const causes: unknown[] = [];
      const note = (error: unknown) => {
        const { name, cause } = error as Error;
        causes.push(`${name} ${cause}`);
      };
      const doors = [
        () => object.desync(() => {}),
        () => object.sync(() => {}),
        () => object.trySync(() => {}),
      ];
      for (const door of doors) {
        try {
          door();
        } catch (error) {
          note(error);
        }
      }
      return causes;
    }, object);
    assertEquals(told, Array(3).fill("DesyncPoisonedError RangeError: broken"));
    await assertRejects(
      () => object.futureSync(get).then(),
      DesyncPoisonedError,
    );
  },
);

testTwo(
  "RemoteDesync: a thread that disposes of an object closes it for all, after the jobs of all (D13)",
  async ({ runtime, on }) => {
    const object = await on<number[]>(0, [], {
      dispose: async (ref) => {
        await Promise.resolve();
        (globalThis as { left?: number }).left = ref.value.length;
      },
    });
    for (let k = 0; k < 100; k++) object.desync((l, k) => l.value.push(k), k);
    await runtime.on(1).spawn(
      (object: PlacedDesync<number[]>) => object[Symbol.asyncDispose](),
      object,
    );
    assertThrows(() => object.desync(get), DesyncClosedError);
    assert(object.closing.aborted);
    await object[Symbol.asyncDispose]();
    assertStrictEquals(
      await runtime.on(0).spawn(() => (globalThis as { left?: number }).left),
      100,
    );
  },
);

testTwo(
  "RemoteDesync: work of a thread that has let go of its handle runs (D26)",
  async ({ runtime, on }) => {
    const object = await on(0, 0);
    await runtime.on(1).spawn((object: PlacedDesync<number>) => {
      for (let k = 0; k < 100; k++) object.desync((ref) => ++ref.value);
    }, object);
    assertStrictEquals(object.sync(get), 100);
  },
);

testTwo(
  "RemoteDesync.desync() throws a QueueFullError when what is reserved is used up",
  async ({ on }) => {
    const object = await on(0, 0, { reserve: 2 ** 14 });
    const gate = new SharedCounter();
    object.desync(waitFor, gate, 1);
    let asked = 0;
    assertThrows(() => {
      for (;;) {
        object.desync(add, 1);
        asked++;
      }
    }, QueueFullError);
    gate.add(1);
    assert(asked > 10);
    while (object.trySync(get).state === "busy");
    assertStrictEquals(object.sync(get), asked);
  },
);
