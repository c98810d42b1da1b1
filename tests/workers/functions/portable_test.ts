import {
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { FunctionStore } from "../../../workers/functions/function_store.ts";
import {
  type AnyFunction,
  portable,
} from "../../../workers/functions/portable.ts";
import * as exported from "./fixtures/exported.ts";
import { fragile } from "./fixtures/throws_on_import.ts";
import { UnhandledRejections } from "../../support/unhandled_rejections.ts";

const url = "file:///somewhere/module.ts";

/** A function as another thread gets it. */
async function load(fn: AnyFunction) {
  const store = FunctionStore.allocate();
  return await new FunctionStore(store.handle).load(store.numberOf(fn));
}

Deno.test("portable() returns the function that it was given", () => {
  function f(): number {
    return 1;
  }
  assertEquals(portable(url, f), f);
  // Once more, as when two copies of a module agree.
  assertEquals(portable(url, f), f);
  const frozen = Object.freeze(function frozen() {});
  assertEquals(portable(url, frozen), frozen);
});

Deno.test("portable() refuses arguments of other types", () => {
  const f = function f() {};
  const calls: [unknown, unknown, string][] = [
    [undefined, f, "url"],
    [null, f, "null"],
    [new URL(url), f, "object"],
    ["", f, "absolute"],
    ["./module.ts", f, "./module.ts"],
    [url, undefined, "undefined"],
    [url, null, "null"],
    [url, "f", "string"],
    [url, () => {}, "name"],
    [url, Object.defineProperty(() => {}, "name", { value: 1 }), "name"],
    [url, class F {}, "class"],
  ];
  for (const [where, fn, word] of calls) {
    const error = assertThrows(
      () => portable(where as string, fn as AnyFunction),
      TypeError,
    );
    assertStringIncludes(error.message, word);
  }
});

Deno.test("portable() refuses a second place for a function", () => {
  const f = portable(url, function f() {});
  assertThrows(() => portable("file:///other.ts", f), TypeError, url);
});

Deno.test("portable() ships a function as module and name", async () => {
  const { run, name, isAsync, isGenerator, source } = await load(
    exported.triple,
  );
  assertEquals(run, exported.triple);
  assertEquals([name, isAsync, isGenerator], ["triple", false, false]);
  assertEquals(source, undefined);
  const stream = await load(exported.upTo);
  assertEquals([stream.isAsync, stream.isGenerator], [true, true]);
});

Deno.test("portable() has one number for one export, under whatever name it is used", () => {
  const store = FunctionStore.allocate();
  assertEquals(
    store.numberOf(exported.alias),
    store.numberOf(exported.triple),
  );
});

Deno.test("FunctionStore.load() is no promise once the module was imported", async () => {
  const store = FunctionStore.allocate();
  const number = store.numberOf(exported.triple);
  const first = store.load(number);
  assertEquals(first instanceof Promise, true);
  assertEquals(store.load(number), first);
  assertEquals(store.load(number), first);
  const loaded = await first;
  assertEquals(store.load(number), loaded);
});

Deno.test("FunctionStore.load() rejects if the module has no such export", async () => {
  const { message } = await assertRejects(
    () => load(exported.hidden.fn),
    TypeError,
  );
  assertStringIncludes(message, "'notThere'");
  assertStringIncludes(message, "no export");
  assertStringIncludes(message, "exported.ts");
});

Deno.test("FunctionStore.load() rejects if the export is another function", async () => {
  const other = new URL("fixtures/exported.ts", import.meta.url).href;
  const impostors: [AnyFunction, string][] = [
    [portable(other, function plain() {}), "portable()"],
    [portable(other, function hidden() {}), "object"],
    [portable(other, function alias() {}), "'triple'"],
    [portable(other, function renamed() {}), "'original'"],
  ];
  for (const [fn, word] of impostors) {
    const { message } = await assertRejects(() => load(fn), TypeError);
    assertStringIncludes(message, `'${fn.name}'`);
    assertStringIncludes(message, word);
  }
});

Deno.test("FunctionStore.load() rejects with what the module throws, each time", async () => {
  const threads = globalThis as { failImports?: boolean };
  const query = `${new URL("fixtures/throws_on_import.ts", import.meta.url)}?2`;
  const store = FunctionStore.allocate();
  const number = store.numberOf(portable(query, function fragile() {}));
  threads.failImports = true;
  try {
    for (let k = 0; k < 2; k++) {
      await assertRejects(
        async () => await store.load(number),
        Error,
        "this module fails",
      );
    }
  } finally {
    delete threads.failImports;
  }
  assertEquals((await load(fragile)).run, fragile);
});

Deno.test("FunctionStore.load() may be asked by who does not wait for the answer", async () => {
  const store = FunctionStore.allocate();
  const number = store.numberOf(exported.hidden.fn);
  using unhandled = new UnhandledRejections();
  store.load(number);
  // A module that is loaded after it.
  await import("./fixtures/broken.ts?after");
  await new Promise((resolve) => setTimeout(resolve));
  await assertRejects(async () => await store.load(number), TypeError);
  assertEquals(unhandled.reasons, []);
});

Deno.test("FunctionStore.numberOf() refuses modules that workers cannot import", () => {
  const store = FunctionStore.allocate();
  for (const scheme of ["data:text/javascript,1", "blob:null/1"]) {
    const fn = portable(scheme, function f() {});
    assertThrows(() => store.numberOf(fn), TypeError, "'f'");
  }
});

Deno.test("FunctionStore.inline() runs functions whose modules it may not import", async () => {
  const store = FunctionStore.inline();
  const fn = portable("data:text/javascript,1", function f() {
    return 1;
  });
  assertEquals((await store.load(store.numberOf(fn))).run, fn);
  const other = store.numberOf(exported.hidden.fn);
  await assertRejects(async () => await store.load(other), TypeError);
});
