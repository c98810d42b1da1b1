import {
  assert,
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import { copyOf, encoded } from "./support.ts";

Deno.test("decode() gives an error of the same built-in class", () => {
  for (
    const type of [
      Error,
      EvalError,
      RangeError,
      ReferenceError,
      SyntaxError,
      TypeError,
      URIError,
    ]
  ) {
    const error = new type("wrong");
    const copy = copyOf(error) as Error;
    assertStrictEquals(copy.constructor, type);
    assertEquals(copy.message, "wrong");
    assertStrictEquals(copy.stack, error.stack);
  }
});

Deno.test("decode() gives an error of a class of its own the name of it", () => {
  class QuotaError extends Error {
    override name = "QuotaError";
    readonly limit = 3;
  }
  const copy = copyOf(new QuotaError("too much")) as QuotaError;
  assertStrictEquals(copy.constructor, Error);
  assertEquals([copy.name, copy.message, copy.limit], [
    "QuotaError",
    "too much",
    3,
  ]);
  assertStringIncludes(String(copy), "QuotaError: too much");
  assertEquals(Object.keys(copy), ["limit"]);
});

Deno.test("decode() gives causes, and tells none from undefined", () => {
  const copy = copyOf(
    new Error("outer", { cause: new TypeError("inner", { cause: [1] }) }),
  ) as Error;
  assertInstanceOf(copy.cause, TypeError);
  assertEquals(copy.cause.cause, [1]);
  assertFalse(Object.hasOwn(copyOf(new Error("x")) as Error, "cause"));
  assert(
    Object.hasOwn(
      copyOf(new Error("x", { cause: undefined })) as Error,
      "cause",
    ),
  );
  assertFalse(Object.keys(copy).includes("cause"));
});

Deno.test("decode() gives the errors of an AggregateError", () => {
  const copy = copyOf(
    new AggregateError([new RangeError("a"), "b"], "several"),
  );
  assertInstanceOf(copy, AggregateError);
  assertInstanceOf(copy.errors[0], RangeError);
  assertEquals([copy.message, copy.errors[0].message, copy.errors[1]], [
    "several",
    "a",
    "b",
  ]);
});

Deno.test("decode() gives a DOMException with its name and code", () => {
  const copy = copyOf(new DOMException("late", "TimeoutError"));
  assertInstanceOf(copy, DOMException);
  assertEquals([copy.name, copy.message, copy.code], [
    "TimeoutError",
    "late",
    DOMException.TIMEOUT_ERR,
  ]);
});

Deno.test("encode() sends an error without what cannot be sent of it", () => {
  const cause = Symbol("why");
  const error = Object.assign(new Error("wrong", { cause }), {
    code: 7,
    retry: () => {},
  });
  const copy = copyOf(error) as Error & { code: number };
  assertEquals([copy.message, copy.code], ["wrong", 7]);
  assertEquals(copy.cause, "Symbol(why)");
  assertEquals(typeof (copy as unknown as { retry: unknown }).retry, "string");
});

Deno.test("encode() forgets the shared buffers of a cause that it gives up", () => {
  const shared = new SharedArrayBuffer(8);
  const kept = new SharedArrayBuffer(16);
  const error = new Error("wrong", { cause: [shared, () => {}] });
  const out = encoded([error, kept], { shared: true });
  assertEquals(out.buffers, [kept]);
  const copy = copyOf([error, kept], { shared: true }) as [Error, unknown];
  assertEquals(typeof copy[0].cause, "string");
  assertStrictEquals(copy[1], kept);
});

Deno.test("encode() ends with an error that is its own cause", {
  timeout: 10_000,
}, () => {
  const error = new Error("again");
  error.cause = error;
  const copy = copyOf(error) as Error;
  assertEquals(copy.message, "again");
  assertStrictEquals(copy.cause, copy);
});

Deno.test("decode() gives an error whose properties have names of its parts", () => {
  const error = new Error("wrong");
  Object.defineProperty(error, "__proto__", { value: 1, enumerable: true });
  const copy = copyOf(error) as Error;
  assertStrictEquals(Object.getPrototypeOf(copy), Error.prototype);
  assertEquals(Object.getOwnPropertyDescriptor(copy, "__proto__")?.value, 1);
});
