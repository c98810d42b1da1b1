import { assertEquals, assertStrictEquals } from "@std/assert";
import { type Callback, callback } from "../../../workers/mod.ts";
import type { AnyDesync } from "../ordered_places.ts";
import { add, get, push, read } from "./jobs.ts";
import type { OrderedCase } from "./ordered_case.ts";

type Ref<T> = { value: T };

const take = async (
  ref: Ref<number>,
  from: AnyDesync<number>,
  isSync: boolean,
): Promise<number> => {
  const next = (n: { value: number }) => ++n.value;
  return ref.value =
    await (isSync ? from.futureSync(next) : from.futureDesync(next));
};

/** Jobs that ask for jobs, of their own object or of others. */
export const NESTING_CASES: readonly OrderedCase[] = [
  ["Jobs of two objects run beside each other (D5)", async (place) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let here = 0;
    const meet = callback(async () => {
      if (++here === 2) resolve();
      await promise;
    });
    const job = async (_ref: unknown, meet: Callback<[], void>) => {
      await meet();
    };
    const [one, other] = [await place.make(0), await place.make(0)];
    await Promise.all([
      one.futureSync(job, meet),
      other.futureDesync(job, meet),
    ]);
    assertStrictEquals(here, 2);
  }],

  ...[true, false].flatMap((outer) =>
    [true, false].map((inner): OrderedCase => [
      `${name(outer)} may await ${
        name(inner)
      } of another object, 1000 times (D10)`,
      async (place) => {
        const [a, b] = [await place.make(0), await place.make(0)];
        for (let k = 0; k < 1000; k++) {
          const [from, to] = k % 2 === 0 ? [a, b] : [b, a];
          const result = outer
            ? from.futureSync(take, to, inner)
            : from.futureDesync(take, to, inner);
          assertStrictEquals(await result, k + 1);
        }
      },
    ])
  ),

  [
    "Three objects may await one object, and are read by sync() then (D11)",
    async (place) => {
      const core = await place.make(0);
      const initiators = await Promise.all(
        [1, 2, 3].map(() => place.make(0)),
      );
      for (const one of initiators) one.desync(take, core, false);
      await Promise.all(initiators.map((one) => one.futureSync(get)));
      // Which of them came first is open where they are on several workers.
      const values = initiators.map((one) => one.sync(get));
      assertEquals(values.toSorted(), [1, 2, 3]);
    },
  ],

  [
    "join() and sync() have done what else nobody would while they block (D14)",
    async (place) => {
      const object = await place.make<number[]>([]);
      const future = object.futureDesync(push, 1);
      object.desync(push, 2);
      assertStrictEquals(future.join(), 1);
      assertEquals(object.sync(get), [1, 2]);
      const timer = new Promise<number>((next) => setTimeout(next, 1, 3));
      assertStrictEquals(await object.after(timer, push), 3);
    },
  ],

  [
    "100 objects that wait for one that is held go on when it does (D15)",
    async (place) => {
      const held = await place.make(0);
      const pause = held.suspend();
      await pause.reached;
      const waiting = await Promise.all(
        Array.from({ length: 100 }, () => place.make(0)),
      );
      const taken = waiting.map((one, k) =>
        one.futureDesync(take, held, k % 2 === 0)
      );
      pause.resume();
      const values = await Promise.all(taken);
      assertEquals(
        values.toSorted((a, b) => a - b),
        Array.from({ length: 100 }, (_, k) => k + 1),
      );
    },
  ],

  [
    "A job may ask for jobs of its own object, and not block for them (D25)",
    async (place) => {
      const object = await place.make(1);
      const seen = await object.futureDesync(
        (ref, self: AnyDesync<number>) => {
          self.desync((own) => own.value = 2);
          try {
            self.sync((own) => own.value = 3);
          } catch (error) {
            return [
              ref.value,
              (error as Error).name,
              self.trySync((own) => own.value).state,
            ];
          }
          return [];
        },
        object,
      );
      assertEquals(seen, [1, "DeadlockError", "busy"]);
      assertStrictEquals(await read(object), 2);
    },
  ],

  [
    "What was asked for runs, also if nobody keeps the object (D26)",
    async (place) => {
      const sums: Promise<number>[] = [];
      {
        const object = await place.make(0);
        for (let k = 0; k < 100; k++) sums.push(object.futureDesync(add, 1));
      }
      assertStrictEquals((await Promise.all(sums)).at(-1), 100);
    },
  ],
];

function name(isSync: boolean): string {
  return isSync ? "futureSync()" : "futureDesync()";
}
