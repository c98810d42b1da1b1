import { assertEquals, assertStrictEquals } from "@std/assert";
import { randomFrom } from "../../sync/random.ts";
import { addLater, get, push, read } from "./jobs.ts";
import type { OrderedCase } from "./ordered_case.ts";

/** In which order jobs run, and that they run alone. */
export const ORDER_CASES: readonly OrderedCase[] = [
  ["sync() returns what the job returns (D1)", async (place) => {
    const object = await place.make(40);
    assertStrictEquals(object.sync((n, more) => n.value + more, 2), 42);
    assertStrictEquals(object.sync((n) => n.value = 7), 7);
    assertStrictEquals(object.sync(get), 7);
  }],

  [
    "sync() sees what desync() has done, 1000 times with two updates (D2)",
    async (place) => {
      const object = await place.make(0);
      for (let k = 0; k < 1000; k++) {
        object.desync((n) => {
          n.value = 42;
        });
        object.desync((n) => {
          n.value++;
        });
        assertStrictEquals(object.sync(get), 43);
      }
    },
  ],

  [
    "futures see what desync() has done, 1000 times (D2)",
    async (place) => {
      const object = await place.make(0);
      for (let k = 0; k < 1000; k++) {
        object.desync((n) => {
          n.value = 42;
        });
        const future = k % 2 === 0
          ? object.futureDesync((n) => ++n.value)
          : object.futureSync((n) => ++n.value);
        assertStrictEquals(await future, 43);
      }
    },
  ],

  [
    "Jobs of all doors run in the order of the calls, each once, 1000 times 10 of them (D3, D4)",
    async (place) => {
      const random = randomFrom(1);
      const object = await place.make<number[]>([]);
      for (let round = 0; round < 1000; round++) {
        object.desync((list) => list.value = []);
        const futures: PromiseLike<number>[] = [];
        const lengths: number[] = [];
        for (let k = 0; k < 10; k++) {
          const door = random(8);
          if (door < 3) object.desync(push, k);
          else if (door === 3) assertStrictEquals(object.sync(push, k), k + 1);
          else {
            futures.push(
              door < 6
                ? object.futureDesync(push, k)
                : object.futureSync(push, k),
            );
            lengths.push(k + 1);
          }
        }
        assertEquals(await Promise.all(futures), lengths);
        assertEquals(await read(object), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      }
    },
  ],

  [
    "Asynchronous jobs of all doors run in the order of the calls (D3)",
    async (place) => {
      const object = await place.make<number[]>([]);
      const slowly = async (
        list: { value: number[] },
        n: number,
        waits: number,
      ) => {
        for (let k = 0; k < waits; k++) await Promise.resolve();
        return list.value.push(n);
      };
      const futures: PromiseLike<number>[] = [];
      for (let k = 0; k < 30; k += 3) {
        object.desync(slowly, k, k % 7);
        futures.push(object.futureDesync(slowly, k + 1, k % 5));
        futures.push(
          object.after(
            Promise.resolve(k + 2),
            (list, n) => list.value.push(n),
          ),
        );
      }
      await Promise.all(futures);
      assertEquals(await read(object), Array.from({ length: 30 }, (_, k) => k));
    },
  ],

  [
    "Data is of one job alone while that awaits (D9)",
    async (place) => {
      const object = await place.make(0);
      const futures = Array.from(
        { length: 200 },
        (_, k) =>
          k % 2 === 0
            ? object.futureSync(addLater, 1)
            : object.futureDesync(addLater, 1),
      );
      assertEquals(
        await Promise.all(futures),
        futures.map((_, k) => k + 1),
      );
    },
  ],

  [
    "trySync() runs its job when nothing else is to be done, and else does nothing (D12)",
    async (place) => {
      const object = await place.make(1);
      assertEquals(object.trySync((n) => ++n.value), { state: "ok", value: 2 });
      object.desync((n) => ++n.value);
      assertStrictEquals(object.sync(get), 3);
      assertEquals(object.trySync(get), { state: "ok", value: 3 });
      const pause = object.suspend();
      await pause.reached;
      const busy = object.trySync((n) => n.value = 0);
      assertEquals(busy, { state: "busy" });
      pause.resume();
      assertStrictEquals(await read(object), 3);
      assertEquals(object.trySync(get), { state: "ok", value: 3 });
    },
  ],
];
