import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { stubMaker } from "../../linked/stub.ts";

type Method = (...args: unknown[]) => Promise<unknown>;
type AnyStub = Record<PropertyKey, unknown> & Record<string, Method>;

/** A stub, and what was called through it. */
function stubOf(...methods: string[]): {
  stub: AnyStub;
  calls: [method: number, args: unknown[]][];
} {
  const calls: [number, unknown[]][] = [];
  const stub = stubMaker("pool", methods)((method, args) => {
    calls.push([method, args]);
    return Promise.resolve(method);
  });
  return { stub: stub as AnyStub, calls };
}

Deno.test("stubMaker() gives methods that dispatch their number and arguments", async () => {
  const { stub, calls } = stubOf("add", "sub", "zero");
  assertEquals(await stub["sub"]!(1, undefined), 1);
  assertEquals(await stub["add"]!([2]), 0);
  assertEquals(await stub["zero"]!(), 2);
  assertEquals(calls, [[1, [1, undefined]], [0, [[2]]], [2, []]]);
});

Deno.test("stubMaker() keeps the stubs of a family apart", () => {
  const make = stubMaker("pool", ["run"]);
  const calls: string[] = [];
  const dispatchAs = (name: string) => () => {
    calls.push(name);
    return Promise.resolve();
  };
  const one = make(dispatchAs("one")) as AnyStub;
  const other = make(dispatchAs("other")) as AnyStub;
  other["run"]!();
  one["run"]!();
  assertEquals(calls, ["other", "one"]);
});

Deno.test("stubMaker() hands on what dispatch gives", () => {
  const promise = Promise.resolve(1);
  const stub = stubMaker("pool", ["run"])(() => promise) as AnyStub;
  assert(stub["run"]!() === promise);
});

Deno.test("A stub rejects calls of methods that there are not, and names those", async () => {
  const { stub, calls } = stubOf("add", "sub");
  const error = await assertRejects(() => stub["addd"]!(1), TypeError);
  for (const fragment of ["'addd'", "pool", "add, sub"]) {
    assertStringIncludes(error.message, fragment);
  }
  assertEquals(calls, []);
});

Deno.test("A stub can be awaited", { timeout: 10_000 }, async () => {
  const { stub, calls } = stubOf("add");
  assert(await stub === stub);
  assertEquals(calls, []);
});

Deno.test("A stub has no 'then', no 'toJSON' and no symbols", () => {
  const { stub } = stubOf("add");
  assertEquals(stub["then"], undefined);
  assertEquals(stub["toJSON"], undefined);
  assertEquals(JSON.stringify(stub), "{}");
  for (
    const symbol of [
      Symbol.iterator,
      Symbol.asyncIterator,
      Symbol.toPrimitive,
      Symbol.dispose,
      Symbol.asyncDispose,
      Symbol.for("Deno.customInspect"),
      Symbol("own"),
    ]
  ) assertEquals(stub[symbol], undefined);
});

Deno.test("A stub can be printed without a call", () => {
  const { stub, calls } = stubOf("add");
  assertStringIncludes(Deno.inspect(stub), "{}");
  assertStringIncludes(Deno.inspect({ stub }), "stub");
  assertStringIncludes(String(stub), "object");
  assertStringIncludes(`${stub}`, "object");
  assertEquals(calls, []);
});

Deno.test("A stub has what every object has", () => {
  const { stub } = stubOf("add");
  for (const name of ["valueOf", "hasOwnProperty", "toString"] as const) {
    assert((stub as object)[name] === Object.prototype[name]);
  }
  assertFalse(Object.hasOwn(stub, "add"));
  assertFalse("other" in stub);
  assert("add" in stub);
});

Deno.test("A stub dispatches a method that is named as one of every object", async () => {
  const { stub, calls } = stubOf("call", "hasOwnProperty");
  assertEquals(await (stub["hasOwnProperty"] as unknown as Method)("a"), 1);
  assertEquals(await stub["call"]!(), 0);
  assertEquals(calls, [[1, ["a"]], [0, []]]);
});
