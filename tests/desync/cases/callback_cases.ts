import {
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { type Callback, callback } from "../../../workers/mod.ts";
import type { OrderedCase } from "./ordered_case.ts";

type Numbers = Callback<[n: number], number>;

/** Functions of who asks that jobs call. */
export const CALLBACK_CASES: readonly OrderedCase[] = [
  [
    "A job calls a callback among its arguments, whoever waits for the job (D1, D6, D7, D8)",
    async (place) => {
      const object = await place.make(1);
      const seen: number[] = [];
      const double = callback((n: number) => {
        seen.push(n);
        return 2 * n;
      });
      const job = async (ref: { value: number }, double: Numbers) =>
        ref.value = await double(ref.value);
      assertStrictEquals(await object.futureSync(job, double), 2);
      assertStrictEquals(await object.futureDesync(job, double), 4);
      const output = Promise.resolve(5);
      const after = object.after(
        output,
        async (ref, n, double: Numbers) => ref.value = await double(n),
        double,
      );
      assertStrictEquals(await after, 10);
      assertEquals(seen, [1, 2, 5]);
    },
  ],

  [
    "What a job calls back runs before sync() returns, in order",
    async (place) => {
      const object = await place.make(1);
      const seen: number[] = [];
      const progress = callback((n: number) => void seen.push(n));
      const job = (
        _ref: unknown,
        progress: Callback<[n: number], void>,
      ): string => {
        for (let n = 1; n <= 3; n++) progress(n);
        return "done";
      };
      assertStrictEquals(object.sync(job, progress), "done");
      assertEquals(seen, [1, 2, 3]);
      assertEquals(object.trySync(job, progress), {
        state: "ok",
        value: "done",
      });
      assertEquals(seen, [1, 2, 3, 1, 2, 3]);
    },
  ],
];

/** The same where jobs are sent: here a callback is a function as any other. */
export const SENT_CALLBACK_CASES: readonly OrderedCase[] = [
  [
    "A callback can be called until its job is over, and with `keep` after that",
    async (place) => {
      type Kept = { call?: Numbers };
      const object = await place.make<Kept>({});
      const keep = (ref: { value: Kept }, call: Numbers) => {
        ref.value.call = call;
      };
      const call = async ({ value }: { value: Kept }) => await value.call!(1);
      await object.futureSync(keep, callback((n: number) => n + 1));
      await assertRejects(() => object.futureSync(call).then(), TypeError);
      using kept = callback((n: number) => n + 1, { keep: true });
      await object.futureSync(keep, kept);
      assertStrictEquals(await object.futureSync(call), 2);
    },
  ],

  [
    "desync() refuses a callback, as nobody is told when its job is over",
    async (place) => {
      const object = await place.make(0);
      const job = (_ref: unknown, call: Numbers) => call(1);
      const double = callback((n: number) => 2 * n);
      assertThrows(() => object.desync(job, double), TypeError);
    },
  ],
];
