import {
  assert,
  assertEquals,
  assertFalse,
  assertLessOrEqual,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  checkTimeout,
  Deadline,
  timeoutError,
} from "../../../sync/thread/timeout.ts";

Deno.test("checkTimeout() takes ms from 0 on, or none", () => {
  for (const timeout of [undefined, 0, -0, 0.5, 1e9, Infinity]) {
    checkTimeout(timeout, "wait");
  }
});

Deno.test("checkTimeout() refuses what is no number of ms", () => {
  for (const timeout of [-1, -0.1, NaN, -Infinity, "5", null, {}]) {
    const error = assertThrows(
      () => checkTimeout(timeout as number, "wait at barrier"),
      RangeError,
    );
    assertStringIncludes(error.message, "wait at barrier");
    assertStringIncludes(error.message, String(timeout));
  }
});

Deno.test("Deadline without a time never passes and sleeps in slices", () => {
  for (const deadline of [new Deadline(), new Deadline(Infinity)]) {
    assertFalse(deadline.passed);
    assertEquals(deadline.slice(100), 100);
  }
});

Deno.test("Deadline sleeps no longer than is left", () => {
  const far = new Deadline(60_000);
  assertFalse(far.passed);
  assertEquals(far.slice(100), 100);
  const left = new Deadline(50).slice(100);
  assertLessOrEqual(left, 50);
  const over = new Deadline(0);
  assert(over.passed);
  assertEquals(over.slice(100), 0);
});

Deno.test("timeoutError() is the DOMException that timeouts have elsewhere", () => {
  const error = timeoutError("wait at barrier", 250);
  assertEquals(error.name, "TimeoutError");
  assertEquals(error.code, DOMException.TIMEOUT_ERR);
  assertStringIncludes(error.message, "wait at barrier");
  assertStringIncludes(error.message, "250");
});
