import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import { CorruptFrameError } from "../../codec/mod.ts";
import {
  ChannelClosedError,
  LockPoisonedError,
  PartialFailureError,
  RuntimeClosedError,
  WorkerLostError,
} from "../../mod.ts";
import { LaggedError } from "../../sync/mod.ts";
import { copyOf } from "../codec/support.ts";

Deno.test("errors of the package arrive as instances of their class, with their fields", () => {
  const cause = new TypeError("why");
  const lost = copyOf(
    new WorkerLostError(3, "it exited", { started: true, cause }),
  ) as WorkerLostError;
  assertInstanceOf(lost, WorkerLostError);
  assertEquals([lost.worker, lost.started, lost.name], [
    3,
    true,
    "WorkerLostError",
  ]);
  assertInstanceOf(lost.cause, TypeError);
  const closed = copyOf(
    new ChannelClosedError("closed", [1]),
  ) as ChannelClosedError;
  assertInstanceOf(closed, ChannelClosedError);
  assertEquals(closed.value, [1]);
  const lagged = copyOf(new LaggedError(7)) as LaggedError;
  assertInstanceOf(lagged, LaggedError);
  assertEquals(lagged.missed, 7);
  for (
    const error of [
      new RuntimeClosedError("call"),
      new LockPoisonedError("poisoned"),
      new CorruptFrameError("corrupt"),
    ]
  ) {
    const copy = copyOf(error) as Error;
    assertStrictEquals(copy.constructor, error.constructor);
    assertEquals(
      [copy.name, copy.message, copy.stack],
      [error.name, error.message, error.stack],
    );
    assertEquals(Object.keys(copy), Object.keys(error));
  }
});

Deno.test("a PartialFailureError arrives with its results and errors", async () => {
  const failure = new RangeError("no");
  const results = await Promise.allSettled([1, Promise.reject(failure)]);
  const error = new PartialFailureError("cache.size", results);
  const copy = copyOf(error) as PartialFailureError;
  assertInstanceOf(copy, PartialFailureError);
  assertInstanceOf(copy, AggregateError);
  assertInstanceOf(copy.errors[0], RangeError);
  const [one, two] = copy.results;
  assertEquals(one, { status: "fulfilled", value: 1 });
  assert(two?.status === "rejected");
  assertStrictEquals(two.reason, copy.errors[0]);
});

Deno.test("an error of another class with such a name does not arrive as ours", () => {
  class Own extends Error {
    override name = "WorkerLostError";
  }
  const copy = copyOf(new Own("mine")) as Error;
  assertEquals([copy.constructor, copy.name], [Error, "WorkerLostError"]);
  class Extended extends WorkerLostError {}
  const extended = copyOf(new Extended(1, "x", { started: false })) as Error;
  assertEquals(extended.name, "WorkerLostError");
  assertStringIncludes(extended.message, "worker 1");
});

Deno.test("DOMExceptions arrive with the names that programs look for", () => {
  for (
    const name of [
      "AbortError",
      "TimeoutError",
      "DataCloneError",
      "NotFoundError",
    ]
  ) {
    const error = new DOMException("why", name);
    const copy = copyOf(error) as DOMException;
    assertInstanceOf(copy, DOMException);
    assertEquals([copy.name, copy.message, copy.code], [
      name,
      "why",
      error.code,
    ]);
  }
  const aborted = copyOf(AbortSignal.abort().reason) as DOMException;
  assertEquals(aborted.name, "AbortError");
});
