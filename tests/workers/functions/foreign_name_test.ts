import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import { foreignName } from "../../../workers/functions/foreign_name.ts";
import { FunctionStore } from "../../../workers/functions/function_store.ts";
import type { AnyFunction } from "../../../workers/functions/portable.ts";

/** What a function throws there, and what is said of it. */
async function failure(
  fn: AnyFunction,
  ...args: unknown[]
): Promise<[thrown: unknown, told: unknown]> {
  const store = FunctionStore.allocate();
  const loaded = await store.load(store.numberOf(fn));
  const { run, isGenerator } = loaded;
  try {
    const result = await run(...args);
    if (isGenerator) await Array.fromAsync(result as AsyncIterable<unknown>);
  } catch (error) {
    return [error, foreignName(error, loaded)];
  }
  throw new Error("Did not fail");
}

let captured: { deep?: number } = { deep: 1 };
const helper = (): number => 1;

Deno.test("foreignName() names a captured variable wherever it stands", async () => {
  const functions: AnyFunction[] = [
    () => captured,
    () => captured.deep,
    () => captured?.deep,
    () => ({ captured }),
    () => `${captured}`,
    () => [...captured as unknown as number[]],
    () => {
      captured = {};
    },
    () => {
      [captured] = [{}];
    },
    () => {
      captured ??= {};
    },
    () => {
      for (captured of [{}]);
    },
    (a = captured) => a,
    () => [1].map(() => captured),
    async () => await Promise.resolve(captured),
    async () => {
      await undefined;
      return captured;
    },
    function* () {
      yield captured;
    },
    async function* () {
      yield await 1;
      yield captured;
    },
    () => {
      class Inner extends (captured as unknown as ObjectConstructor) {}
      return Inner;
    },
    () => new (captured as unknown as ObjectConstructor)(),
    () => new (captured as unknown as { Deep: ObjectConstructor }).Deep(),
    () => Promise.reject(1).catch(() => captured),
  ];
  for (const fn of functions) {
    const [thrown, told] = await failure(fn);
    assertInstanceOf(told, ReferenceError, fn.toString());
    assertStringIncludes(told.message, "'captured'", fn.toString());
    assertStringIncludes(told.message, "portable()");
    assertStrictEquals(told.cause, thrown);
    assertStringIncludes(told.stack!, told.message);
    assertStringIncludes(told.stack!, "kindred-function");
  }
});

Deno.test("foreignName() names the function", async () => {
  const double = (n: number): number => n * 2 * helper();
  const [, told] = await failure(double, 1);
  assertEquals(
    (told as Error).message.startsWith(
      "Cannot run function 'double' on a worker as it uses 'helper' of its surroundings",
    ),
    true,
  );
});

Deno.test("foreignName() leaves all other errors alone", async () => {
  const captured = 0;
  const functions: [AnyFunction, ...unknown[]][] = [
    [() => {
      throw new Error("captured is not defined");
    }],
    [() => {
      // deno-lint-ignore no-throw-literal -- some programs do
      throw "captured is not defined";
    }],
    [() => {
      // deno-lint-ignore no-throw-literal -- some programs do
      throw undefined;
    }],
    // Made by the function itself.
    [() => {
      throw new ReferenceError("captured is not defined");
    }],
    [() => {
      throw ReferenceError("captured is not defined");
    }],
    [() => {
      const Other = ReferenceError;
      throw new Other("captured is not defined");
    }],
    // The same on one line.
    [(0, eval)(
      `() => { throw new ReferenceError("captured is not defined"); }`,
    )],
    // Not yet initialised.
    [() => {
      // @ts-expect-error Not yet.
      captured;
      const captured = 1;
    }],
    // In other code that it calls.
    [
      (url: string) => import(url).then(({ broken }) => broken()),
      new URL("fixtures/broken.ts", import.meta.url).href,
    ],
    [(source: string) => new Function(source)(), "return captured"],
    [
      (source: string) => [(0, eval)(source), "captured"],
      "captured",
    ],
    [() => {
      const error = new ReferenceError("captured is not defined");
      error.stack = "";
      throw Object.assign(error, { message: 1 });
    }],
  ];
  assertEquals(captured, 0);
  for (const [fn, ...args] of functions) {
    const [thrown, told] = await failure(fn, ...args);
    assertStrictEquals(told, thrown, fn.toString());
  }
});

Deno.test("foreignName() leaves errors of exported functions alone", async () => {
  const { lost } = await import("./fixtures/broken.ts");
  const [thrown, told] = await failure(lost);
  assertInstanceOf(thrown, ReferenceError);
  assertStrictEquals(told, thrown);
});

Deno.test("foreignName() does without stack traces", async () => {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    const [thrown, told] = await failure(() => captured);
    assertInstanceOf(told, ReferenceError);
    assertStringIncludes(told.message, "'captured'");
    assert(told !== thrown);
    const url = new URL("fixtures/broken.ts", import.meta.url).href;
    const [other, same] = await failure(
      (url: string) => import(url).then(({ broken }) => broken()),
      url,
    );
    assertStrictEquals(same, other);
  } finally {
    Error.stackTraceLimit = limit;
  }
});
