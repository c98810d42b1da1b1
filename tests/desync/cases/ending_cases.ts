import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { DesyncClosedError } from "../../../desync/mod.ts";
import { DeadlockError } from "../../../sync/mod.ts";
import { doorsThatTake } from "./doors.ts";
import { addLater, get, push } from "./jobs.ts";
import type { OrderedCase } from "./ordered_case.ts";

/** Suspensions, and the end of an object. */
export const ENDING_CASES: readonly OrderedCase[] = [
  [
    "Disposal waits for all jobs, and refuses others (D13)",
    async (place) => {
      const object = await place.make(0);
      const futures = [];
      for (let k = 0; k < 20; k++) futures.push(object.futureSync(addLater, 1));
      const { closing } = object;
      assert(!closing.aborted);
      const disposed = object[Symbol.asyncDispose]();
      assert(closing.aborted);
      assertInstanceOf(closing.reason, DesyncClosedError);
      const settled: number[] = [];
      for (const future of futures) {
        void future.then((value) => settled.push(value));
      }
      await disposed;
      await Promise.all(futures);
      assertEquals(settled, futures.map((_, k) => k + 1));
      assertEquals(await doorsThatTake(object, DesyncClosedError), []);
      assertThrows(() => object.suspend(), DesyncClosedError);
      await object[Symbol.asyncDispose]();

      const other = await place.make(0);
      await other[Symbol.asyncDispose]();
      assert(other.closing.aborted, "asked for the first time");
    },
  ],

  [
    "Disposal runs `dispose` last, and is rejected if that fails (D13)",
    async (place) => {
      const object = await place.make(1, {
        onFailure: "poison",
        dispose: (n) => {
          throw new RangeError(`left: ${n.value}`);
        },
      });
      object.desync((n) => ++n.value);
      await assertRejects(
        () => object[Symbol.asyncDispose](),
        RangeError,
        "left: 2",
      );
      assertEquals(await doorsThatTake(object, DesyncClosedError), []);
    },
  ],

  [
    "suspend() stops between two jobs until resume(), 1000 times (D16)",
    async (place) => {
      const object = await place.make(0);
      for (let k = 0; k < 1000; k++) {
        object.desync((n) => {
          n.value = 0;
        });
        const before = object.futureDesync((n) => n.value);
        const pause = object.suspend();
        const after = object.futureDesync((n) => ++n.value);
        assertStrictEquals(await before, 0);
        if (k % 3 === 0) await pause.reached;
        if (k % 2 === 0) pause.resume();
        else pause[Symbol.dispose]();
        pause.resume();
        await pause.reached;
        assertStrictEquals(await after, 1);
      }
    },
  ],

  [
    "suspend() takes a place of its own each time (D16)",
    async (place) => {
      const object = await place.make<number[]>([]);
      const pauses = [object.suspend(), object.suspend()];
      const pushed = object.futureSync(push, 1);
      pauses[1]!.resume();
      await pauses[0]!.reached;
      assertEquals(object.trySync(get), { state: "busy" });
      pauses[0]!.resume();
      assertStrictEquals(await pushed, 1);
    },
  ],

  [
    "sync() and join() on an object that is suspended are DeadlockErrors, and leave nothing behind (D16, D25)",
    async (place) => {
      const object = await place.make(0);
      const pause = object.suspend();
      await pause.reached;
      assertThrows(() => object.sync((n) => ++n.value), DeadlockError);
      const future = object.futureDesync(get);
      assertThrows(() => future.join(), DeadlockError);
      pause.resume();
      assertStrictEquals(await future, 0);
    },
  ],

  [
    "Disposal ends suspensions (D16)",
    async (place) => {
      const object = await place.make(0);
      const reached = object.suspend();
      await reached.reached;
      const last = object.futureSync((n) => ++n.value);
      const ahead = object.suspend();
      await object[Symbol.asyncDispose]();
      assertStrictEquals(await last, 1);
      await ahead.reached;
      reached.resume();
      ahead.resume();
    },
  ],
];
