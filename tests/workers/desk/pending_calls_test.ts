import { assertEquals, assertNotEquals, assertStrictEquals } from "@std/assert";
import {
  type PendingCall,
  PendingCalls,
} from "../../../workers/desk/pending_calls.ts";

function callTo(worker: number): PendingCall {
  return { worker, resolve: () => {}, reject: () => {} };
}

Deno.test("PendingCalls.take() gives a call once", () => {
  const calls = new PendingCalls();
  const call = callTo(0);
  const number = calls.add(call);
  assertNotEquals(number, 0);
  assertStrictEquals(calls.take(number), call);
  assertEquals(calls.take(number), undefined);
});

Deno.test("PendingCalls gives no number again soon", () => {
  const calls = new PendingCalls();
  const numbers = new Set<number>();
  for (let k = 0; k < 1000; k++) {
    const number = calls.add(callTo(0));
    numbers.add(number);
    calls.take(number);
  }
  assertEquals(numbers.size, 1000);
});

Deno.test("PendingCalls.take() meets nobody with a number that was never given", () => {
  const calls = new PendingCalls();
  calls.add(callTo(0));
  for (const number of [0, 2, -1, 1 << 20, 2 ** 31 - 1]) {
    assertEquals(calls.take(number), undefined);
  }
});

Deno.test("PendingCalls.takeAll() takes the calls of one worker", () => {
  const calls = new PendingCalls();
  const numbers = [0, 1, 0, 2].map((worker) => calls.add(callTo(worker)));
  const taken = calls.takeAll(0).map(([number]) => number);
  assertEquals(taken, [numbers[0], numbers[2]]);
  assertEquals(calls.take(numbers[0]!), undefined);
  assertEquals(calls.takeAll().length, 2);
});
