import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { FunctionStore } from "../../../workers/functions/function_store.ts";
import type { LoadedFunction } from "../../../workers/functions/loaded_function.ts";
import type { AnyFunction } from "../../../workers/functions/portable.ts";

declare const currentTask: () => unknown;
// Names in the module that compiles.
declare const compile: unknown;
declare const text: unknown;
declare const make: unknown;

const scope = { currentTask: () => "the task" };

/** A function as another thread gets it. */
function load(fn: AnyFunction): LoadedFunction {
  const store = FunctionStore.allocate(scope);
  const there = new FunctionStore(store.handle, scope);
  const loaded = there.load(store.numberOf(fn));
  assert(!(loaded instanceof Promise));
  return loaded;
}

function callThere(fn: AnyFunction, ...args: unknown[]): unknown {
  const { run } = load(fn);
  return run(...args);
}

class Methods extends Object {
  #secret = 1;
  static one(n: number): number {
    return n + 1;
  }
  two(n: number): number {
    return n + 2;
  }
  async three(n: number): Promise<number> {
    return await n + 3;
  }
  *four(n: number): Generator<number> {
    yield n + 4;
  }
  async *five(n: number): AsyncGenerator<number> {
    yield await n + 5;
  }
  async(n: number): number {
    return n + 6;
  }
  get(n: number): number {
    return n + 7;
  }
  delete(n: number): number {
    return n + 8;
  }
  größe(n: number): number {
    return n + 9;
  }
  ["computed"](n: number): number {
    return n;
  }
  "quoted"(n: number): number {
    return n;
  }
  1(n: number): number {
    return n;
  }
  get accessor(): number {
    return this.#secret;
  }
  upper(): string {
    return `${super["toString"]()}`;
  }
  private(other: Methods): number {
    return other.#secret;
  }
  arrow(): () => unknown {
    return () => this;
  }
  own(): unknown {
    return this;
  }
}

Deno.test("FunctionStore ships functions of every kind as their source", async () => {
  function declared(n: number): number {
    return n < 2 ? n : declared(n - 1) + declared(n - 2);
  }
  assertEquals(callThere((n: number) => n + 1, 1), 2);
  assertEquals(callThere((n: number) => ({ n }), 1), { n: 1 });
  assertEquals(callThere(declared, 10), 55);
  assertEquals(
    callThere(function (this: unknown) {
      return this;
    }),
    undefined,
  );
  assertEquals(
    callThere(
      function (...all: number[]) {
        return all.length + arguments.length;
      },
      1,
      2,
    ),
    4,
  );
  assertEquals(await callThere(async (n: number) => await n + 1, 1), 2);
  assertEquals(
    await callThere(async function f() { // with a comment
      return await f.name;
    }),
    "f",
  );
  assertEquals([
    ...callThere(function* (n: number) {
      yield n;
    }, 1) as Iterable<number>,
  ], [1]);
  const stream = callThere(async function* (n: number) {
    yield await n;
  }, 1);
  assertEquals(await Array.fromAsync(stream as AsyncIterable<number>), [1]);
});

Deno.test("FunctionStore ships methods that are written like functions", async () => {
  const { one } = Methods;
  const { two, three, four, five, async, get, delete: remove, größe, own } =
    Methods.prototype;
  assertEquals(callThere(one, 1), 2);
  assertEquals(callThere(two, 1), 3);
  assertEquals(await callThere(three, 1), 4);
  assertEquals([...callThere(four, 1) as Iterable<number>], [5]);
  assertEquals(
    await Array.fromAsync(callThere(five, 1) as AsyncIterable<number>),
    [6],
  );
  assertEquals(callThere(async, 1), 7);
  assertEquals(callThere(get, 1), 8);
  assertEquals(callThere(remove, 1), 9);
  assertEquals(callThere(größe, 1), 10);
  assertEquals(callThere(own), undefined);
  const dense = (0, eval)("({ async*six(n){yield n} }).six") as AnyFunction;
  assertEquals(
    await Array.fromAsync(callThere(dense, 1) as AsyncIterable<number>),
    [1],
  );
  // A method cannot call itself by its name, and does not learn it here.
  const object = {
    again(): unknown {
      return typeof again;
    },
  };
  const again = 1;
  assertEquals(callThere(object.again), "undefined");
  assertEquals(object.again(), typeof again);
});

Deno.test("FunctionStore.load() says what kind of function it is, and its name", () => {
  const kinds = [
    () => {},
    async () => {},
    function* () {},
    async function* () {},
    Methods.prototype.three,
    Methods.prototype.four,
  ].map((fn) => {
    const { isAsync, isGenerator, name } = load(fn);
    return [isAsync, isGenerator, name];
  });
  assertEquals(kinds, [
    [false, false, ""],
    [true, false, ""],
    [false, true, ""],
    [true, true, ""],
    [true, false, "three"],
    [false, true, "four"],
  ]);
  const named = (): void => {};
  const { name, run } = load(named);
  assertEquals([name, run.name], ["named", "named"]);
});

Deno.test("FunctionStore.numberOf() refuses what has no source that stands on its own", () => {
  const { accessor } = Object.getOwnPropertyDescriptors(Methods.prototype);
  const methods = Methods.prototype as unknown as Record<string, AnyFunction>;
  const refused: [AnyFunction, string][] = [
    [class Some {} as unknown as AnyFunction, "class"],
    [Math.max, "built in"],
    [(function f() {}).bind(undefined), "bound f"],
    [new Proxy(() => {}, {}), "built in"],
    [accessor.get!, "accessor"],
    [methods["upper"]!, "super"],
    [methods["private"]!, "private"],
    [methods["computed"]!, "portable()"],
    [methods["quoted"]!, "portable()"],
    [methods["1"]!, "portable()"],
    [() => import.meta.url, "import.meta"],
    [new Methods().arrow(), "'this'"],
    [new Function("return 0777") as AnyFunction, "strict"],
  ];
  for (const [fn, word] of refused) {
    const store = FunctionStore.allocate(scope);
    const inline = FunctionStore.inline(scope);
    const { message } = assertThrows(() => store.numberOf(fn), TypeError);
    assertStringIncludes(message, "Cannot send");
    assertStringIncludes(message, word);
    assertEquals(
      assertThrows(() => inline.numberOf(fn), TypeError).message,
      message,
    );
  }
  for (const value of [undefined, null, 1, "() => 1", {}]) {
    const store = FunctionStore.allocate();
    assertThrows(
      () => store.numberOf(value as unknown as AnyFunction),
      TypeError,
      value === null ? "null" : typeof value,
    );
  }
});

Deno.test("FunctionStore.numberOf() refuses 'this' and 'arguments' of the surroundings only", () => {
  const store = FunctionStore.allocate();
  function surroundings(this: unknown): AnyFunction[] {
    return [
      () => this,
      () => [() => `${this}`],
      (a = this) => a,
      () => arguments,
      () => () => arguments.length,
      // deno-lint-ignore no-explicit-any -- of this function
      (): any => ({ [arguments[0]]: 1 }),
    ];
  }
  for (const fn of surroundings.call(1)) {
    assertThrows(() => store.numberOf(fn), TypeError, "surroundings");
  }
  const own: AnyFunction[] = [
    function (this: unknown) {
      return [this, arguments, () => this, () => arguments];
    },
    () =>
      class {
        field = this;
        static all = [this];
        method(): unknown {
          return [this, arguments];
        }
      },
    (a: { this: unknown; arguments: unknown }) => [a.this, a?.arguments],
    () => ["this", "arguments", `this.arguments`, /this|arguments/], // this, arguments
    () => ({ this: 1, arguments: 2 }),
    () => /(?<this>a)(?<arguments>b)/,
  ];
  for (const fn of own) assert(store.numberOf(fn) > 0);
});

Deno.test("FunctionStore.numberOf() refuses imports that depend on the place of the function", async () => {
  const store = FunctionStore.allocate();
  const relative: AnyFunction[] = [
    () => import("./fixtures/exported.ts"),
    async () => await import(/* here */ "../functions/fixtures/exported.ts"),
    () => `${import("./fixtures/exported.ts")}`,
  ];
  for (const fn of relative) {
    assertThrows(() => store.numberOf(fn), TypeError, "relative");
  }
  const text = (): string => 'import("./fixtures/exported.ts")';
  assertEquals(callThere(text), text());
  const module = await callThere(() => import("node:path"));
  assert(Object.hasOwn(module as object, "join"));
  const exported = new URL("fixtures/exported.ts", import.meta.url).href;
  const found = await callThere((url: string) => import(url), exported);
  assert(Object.hasOwn(found as object, "triple"));
  // One that is not written down is looked for in vain.
  await assertRejects(
    async () =>
      await callThere((url: string) => import(url), "./fixtures/exported.ts"),
    TypeError,
  );
});

Deno.test("FunctionStore compiles functions as strict code that sees globals and currentTask only", () => {
  assertEquals(callThere(() => currentTask()), "the task");
  assertEquals(callThere((currentTask: number) => currentTask, 1), 1);
  assertEquals(
    callThere((names: string[]) =>
      names.map((name) => {
        try {
          return new Function(`return typeof ${name}`)();
        } catch {
          return "refused";
        }
      }), ["definition", "scope", "text", "currentTask", "Map"]),
    [
      "undefined",
      "undefined",
      "undefined",
      "undefined",
      "function",
    ],
  );
  assertEquals(
    callThere(() => [typeof compile, typeof text, typeof make]),
    ["undefined", "undefined", "undefined"],
  );
  assertThrows(
    () => callThere(() => (Object.freeze({ n: 1 }) as { n: number }).n = 2),
    TypeError,
  );
});

Deno.test("FunctionStore.load() counts lines in stack traces from the function's first", () => {
  function failing(): never {
    // One line further down.
    throw new Error("here");
  }
  const error = assertThrows(() => callThere(failing), Error, "here");
  const frame = error.stack!.split("\n").find((line) =>
    line.includes("kindred-function")
  );
  assertStringIncludes(frame ?? "", "at failing");
  const lines = failing.toString().split("\n");
  const line = 1 + lines.findIndex((line) => line.includes("throw"));
  assert(new RegExp(`:${line}:\\d+\\)$`).test(frame ?? ""), frame);
});
