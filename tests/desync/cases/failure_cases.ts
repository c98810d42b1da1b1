import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { DesyncPoisonedError } from "../../../desync/mod.ts";
import { doorsThatTake } from "./doors.ts";
import { get, parse, read } from "./jobs.ts";
import type { OrderedCase } from "./ordered_case.ts";

/** Jobs that throw. */
export const FAILURE_CASES: readonly OrderedCase[] = [
  [
    "A job that throws tells who waits for it, and nobody else notices (D18)",
    async (place) => {
      const object = await place.make(1);
      const failed = object.futureSync(parse, "{");
      const next = object.futureSync(get);
      await assertRejects(() => failed.then(), SyntaxError);
      assertStrictEquals(await next, 1);
      assertThrows(() => object.sync(parse, "{"), SyntaxError);
      assertThrows(() => object.trySync(parse, "{"), SyntaxError);
      assertStrictEquals(object.sync(get), 1);
      assert(!object.isPoisoned);
    },
  ],

  [
    'With `onFailure: "poison"` all who wait and all who come later are told, with the error as cause (D18)',
    async (place) => {
      const object = await place.make(1, { onFailure: "poison" });
      const pause = object.suspend();
      const failed = object.futureDesync(async (_, text) => {
        await Promise.resolve();
        return JSON.parse(text);
      }, "{");
      const waiting = [
        object.futureSync((n) => n.value = 2),
        object.futureDesync((n) => n.value = 3),
        object.after(Promise.resolve(4), (n, four) => n.value = four),
      ];
      const behind = object.suspend();
      pause.resume();
      await assertRejects(() => failed.then(), SyntaxError);
      for (const one of waiting) {
        const refusal = await assertRejects(
          () => one.then(),
          DesyncPoisonedError,
        );
        assertInstanceOf(refusal.cause, SyntaxError);
      }
      await behind.reached;
      assert(object.isPoisoned);
      assertEquals(await doorsThatTake(object, DesyncPoisonedError), []);
      const refusal = assertThrows(() => object.sync(get), DesyncPoisonedError);
      assertInstanceOf(refusal.cause, SyntaxError);

      object.clearPoison();
      assert(!object.isPoisoned);
      assertStrictEquals(await read(object), 1);
      object.clearPoison();
    },
  ],

  [
    "An object that is poisoned is disposed of without an error, and `dispose` runs (D18)",
    async (place) => {
      for (const isWaiting of [false, true]) {
        const object = await place.make(1, {
          onFailure: "poison",
          dispose: () => {},
        });
        const pause = object.suspend();
        const failed = object.futureSync(parse, "{");
        const refused = object.futureSync(get);
        const check = assertRejects(() => failed.then(), SyntaxError);
        const checkNext = assertRejects(
          () => refused.then(),
          DesyncPoisonedError,
        );
        if (!isWaiting) {
          pause.resume();
          await check;
        }
        await object[Symbol.asyncDispose]();
        await check;
        await checkNext;
      }
    },
  ],
];
