import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { countListeners } from "../../support/counted_listeners.ts";
import { get, parse, push, read } from "./jobs.ts";
import type { OrderedCase } from "./ordered_case.ts";

/** Promises of results. */
export const FUTURE_CASES: readonly OrderedCase[] = [
  [
    "futureDesync() runs whether it is awaited, joined, detached or forgotten (D6)",
    async (place) => {
      const object = await place.make<string[]>([]);
      const forgotten = object.futureDesync(push, "forgotten");
      object.futureDesync(push, "detached").detach();
      const joined = object.futureDesync(push, "joined");
      assertStrictEquals(joined.join(), 3);
      assertStrictEquals(joined.join(), 3, "again");
      assertStrictEquals(await joined, 3);
      assertStrictEquals(await object.futureDesync(push, "awaited"), 4);
      assertEquals(object.sync(get), [
        "forgotten",
        "detached",
        "joined",
        "awaited",
      ]);
      assertStrictEquals(await forgotten, 1);
    },
  ],

  [
    "DesyncFuture.join() throws what the job threw, and that is handled then (D6)",
    async (place) => {
      const object = await place.make(0);
      const future = object.futureDesync(parse, "{");
      assertThrows(() => future.join(), SyntaxError);
      await assertRejects(() => future.then(), SyntaxError);
      assertStrictEquals(object.sync(get), 0);
    },
  ],

  [
    "SyncFuture.cancel() takes the job out of the queue, which goes on (D7)",
    async (place) => {
      const object = await place.make<number[]>([]);
      const pause = object.suspend();
      const first = object.futureSync(push, 1);
      const second = object.futureSync(push, 2);
      const third = object.futureSync(push, 3);
      assert(second.cancel("not needed"));
      assert(!second.cancel());
      {
        using _scoped = object.futureSync(push, 4);
      }
      pause.resume();
      assertStrictEquals(await second.catch((reason) => reason), "not needed");
      assertStrictEquals(await first, 1);
      assertStrictEquals(await third, 2);
      assert(!third.cancel());
      assertEquals(await read(object), [1, 3]);
    },
  ],

  [
    "SyncFuture.cancel() rejects with an AbortError by default (D7)",
    async (place) => {
      const object = await place.make(0);
      using _pause = object.suspend();
      const future = object.futureSync(get);
      future.cancel();
      const error = await assertRejects(() => future.then(), DOMException);
      assertStrictEquals(error.name, "AbortError");
    },
  ],

  [
    "SyncFuture.cancelOn() gives the job up when the signal is aborted, and lets go of that (D7)",
    async (place) => {
      const object = await place.make(1);
      const controller = new AbortController();
      const { signal } = controller;
      const listeners = countListeners(signal);
      assertStrictEquals(await object.futureSync(get).cancelOn(signal), 1);
      assertStrictEquals(listeners(), 0);
      const pause = object.suspend();
      const late = object.futureSync((n) => n.value = 2).cancelOn(signal);
      controller.abort("gone");
      const never = object.futureSync((n) => n.value = 3).cancelOn(signal);
      assertStrictEquals(await late.catch((reason) => reason), "gone");
      assertStrictEquals(await never.catch((reason) => reason), "gone");
      pause.resume();
      assertStrictEquals(await read(object), 1);
      assertThrows(
        () => object.futureSync(get).cancelOn({} as AbortSignal),
        TypeError,
      );
    },
  ],

  [
    "after() holds later jobs until the promise is settled, which may be before or after its turn (D8)",
    async (place) => {
      const object = await place.make<string[]>([]);
      const late = Promise.withResolvers<string>();
      const results = [
        object.futureDesync(push, "1"),
        object.after(
          late.promise,
          (list, output, more) => list.value.push(output + more),
          "!",
        ),
        object.futureDesync(push, "3"),
        object.after(Promise.resolve("4"), push),
        object.futureDesync(push, "5"),
      ];
      assertStrictEquals(await results[0], 1);
      assertEquals(object.trySync(get), { state: "busy" });
      late.resolve("2");
      assertEquals(await Promise.all(results), [1, 2, 3, 4, 5]);
      assertEquals(await read(object), ["1", "2!", "3", "4", "5"]);
    },
  ],

  [
    "after() gives the reason of a promise that is rejected, and does not run the job (D8)",
    async (place) => {
      const object = await place.make<string[]>([], { onFailure: "poison" });
      const result = object.after(Promise.reject("refused"), push);
      const next = object.futureDesync(push, "next");
      assertStrictEquals(await result.catch((reason) => reason), "refused");
      assertStrictEquals(await next, 1);
      assert(!object.isPoisoned);
    },
  ],
];
