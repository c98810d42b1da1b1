import { assertEquals } from "@std/assert";
import { ROOT } from "../../tools/repository.ts";
import plugin from "../../tools/lint_plugin.ts";

/** The names of the rules that a file with this text breaks. */
function brokenRules(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, path, source)
    .map(({ id }) => id.replace("kindred/", ""));
}

function assertBreaks(rule: string, path: string, ...sources: string[]): void {
  for (const source of sources) {
    assertEquals(brokenRules(path, source), [rule], `${path}: ${source}`);
  }
}

function assertKeeps(path: string, ...sources: string[]): void {
  for (const source of sources) {
    assertEquals(brokenRules(path, source), [], `${path}: ${source}`);
  }
}

Deno.test("import-direction lets a folder import what is below it", () => {
  assertKeeps("sync/mutex.ts", `import "./spin.ts";`);
  assertKeeps("topology/linux/read.ts", `import "../../ffi/open.ts";`);
  assertKeeps(
    "codec/frame.ts",
    `import { LINE } from "../sync/memory/memory.ts";`,
  );
  assertKeeps("aware/a.ts", `import "../topology/detect.ts";`);
  assertKeeps("linked/family.ts", `export * from "../codec/mod.ts";`);
  assertKeeps("linked/family.ts", `import "../aware/a.ts";`);
  assertKeeps("workers/pool.ts", `import type { A } from "../linked/a.ts";`);
  assertKeeps("serve/listen.ts", `import "../parallel/map.ts";`);
  assertKeeps("mod.ts", `export * from "./workers/mod.ts";`);
});

Deno.test("import-direction refuses what is above or beside", () => {
  const rule = "import-direction";
  assertBreaks(
    rule,
    "sync/mutex.ts",
    `import "../codec/mod.ts";`,
    `import type { A } from "../workers/a.ts";`,
    `export { a } from "../linked/a.ts";`,
    `export * from "../linked/a.ts";`,
    `await import("../linked/a.ts");`,
    `type A = import("../linked/a.ts").A;`,
    `new URL("../workers/host.ts", import.meta.url);`,
    `import "../mod.ts";`,
  );
  assertBreaks(rule, "ffi/open.ts", `import "../sync/memory/memory.ts";`);
  assertBreaks(rule, "aware/a.ts", `import "../linked/family.ts";`);
  assertBreaks(rule, "codec/encode.ts", `import "../aware/a.ts";`);
  assertBreaks(rule, "desync/pipe.ts", `import "../batching/a.ts";`);
});

Deno.test("import-direction refuses bare, remote and inexact specifiers in the library", () => {
  const rule = "import-direction";
  assertBreaks(
    rule,
    "workers/pool.ts",
    `import "@std/assert";`,
    `import "npm:fast-check@4.10.2";`,
    `import "https://example.com/mod.ts";`,
    `import "/mod.ts";`,
    `import "./host";`,
    `import "../tools/test.ts";`,
    `import "../../elsewhere/mod.ts";`,
  );
  assertBreaks(rule, "mod.ts", `export * from "./examples/mod.ts";`);
  assertKeeps("workers/pool.ts", `import { cpus } from "node:os";`);
});

Deno.test("import-direction leaves modules that are named at run time alone", () => {
  assertKeeps(
    "workers/host.ts",
    `await import(location.href);`,
    `new URL("./host.ts", import.meta.url);`,
    `new URL("../x", base);`,
  );
});

Deno.test("import-direction keeps barrels out of the host module", () => {
  assertBreaks(
    "import-direction",
    "workers/host.ts",
    `import "../sync/mod.ts";`,
    `import "./mod.ts";`,
  );
  assertKeeps("workers/host.ts", `import "../sync/thread.ts";`);
  assertKeeps("workers/pool.ts", `import "../sync/mod.ts";`);
});

Deno.test("import-direction leaves code outside the library free", () => {
  const source = `
    import "@std/assert";
    import "../../workers/host.ts";
    import "npm:mitata";
  `;
  for (const folder of ["tests/sync", "bench/areas", "examples/a", "tools/b"]) {
    assertKeeps(`${folder}/x.ts`, source);
  }
});

Deno.test("ffi-only keeps native code in ffi/", () => {
  assertBreaks(
    "ffi-only",
    "topology/pin.ts",
    `Deno.dlopen("libc.so.6", {});`,
    `globalThis.Deno.dlopen("libc.so.6", {});`,
    `Deno["dlopen"]("libc.so.6", {});`,
    `const { dlopen } = Deno;`,
    `Deno.UnsafePointer.of(buffer);`,
    `new Deno.UnsafePointerView(pointer);`,
    `new Deno.UnsafeFnPointer(pointer, definition);`,
    `new Deno.UnsafeCallback(definition, fn);`,
  );
  assertBreaks("ffi-only", "tools/x.ts", `Deno.dlopen("libc.so.6", {});`);
});

Deno.test("ffi-only lets ffi/ and the tests open libraries", () => {
  const source = `Deno.dlopen("libc.so.6", {}); Deno.UnsafePointer.of(buffer);`;
  assertKeeps("ffi/linux.ts", source);
  assertKeeps("tests/ffi/open_test.ts", source);
  assertKeeps("topology/pin.ts", `library.dlopen(); Deno.build.os;`);
});

Deno.test("atomics-in-full refuses operations that the model checker cannot see", () => {
  assertBreaks(
    "atomics-in-full",
    "sync/mutex.ts",
    `const { load } = Atomics;`,
    `const load = Atomics.load;`,
    `const atomics = Atomics;`,
    `Atomics["load"](words, 0);`,
    `run(Atomics);`,
    `globalThis.Atomics;`,
    `[0].map(Atomics.load);`,
    `Atomics.load.call(null, words, 0);`,
    `({ Atomics });`,
  );
});

Deno.test("atomics-in-full lets calls, types and other names stand", () => {
  assertKeeps(
    "sync/mutex.ts",
    `Atomics.store(words, 0, Atomics.load(words, 1));`,
    `Atomics.pause?.();`,
    `if (typeof Atomics.waitAsync === "function") Atomics.waitAsync(a, 0, 0);`,
    `type A = typeof Atomics; type B = typeof Atomics.load;`,
    `model.Atomics; ({ Atomics: 1 });`,
  );
  assertKeeps("tests/model/explorer.ts", `globalThis.Atomics = stand;`);
});

Deno.test("no-console-in-library keeps the library silent", () => {
  const rule = "no-console-in-library";
  assertBreaks(rule, "workers/pool.ts", `console.log(1);`);
  assertBreaks(rule, "mod.ts", `const { warn } = console;`);
  assertKeeps("workers/pool.ts", `this.console.log(1); ({ console: 1 });`);
  assertKeeps("examples/a.ts", `console.log(1);`);
  assertKeeps("tools/a.ts", `console.error(1);`);
});

Deno.test("no-deno-in-sync keeps the Deno namespace out of portable folders", () => {
  const rule = "no-deno-in-sync";
  for (const folder of ["sync", "codec", "aware", "linked"]) {
    assertBreaks(
      rule,
      `${folder}/x.ts`,
      `Deno.env.get("A");`,
      `globalThis.Deno?.build;`,
      `type A = Deno.Signal;`,
    );
    assertKeeps(`${folder}/x.ts`, `runtime.Deno; "Deno";`);
  }
  assertKeeps("workers/pool.ts", `Deno.exit(0);`);
});

Deno.test("no-shared-views makes sync/memory/memory.ts the source of all views of sync/", () => {
  assertBreaks(
    "no-shared-views",
    "sync/mutex.ts",
    `new Int32Array(buffer, 0, 4);`,
    `new BigInt64Array(buffer);`,
    `new Uint8Array(length);`,
    `new Uint8ClampedArray(buffer);`,
    `new Float64Array(buffer);`,
    `new DataView(buffer);`,
  );
  assertKeeps("sync/memory/memory.ts", `new Int32Array(buffer, 0, 4);`);
  assertKeeps("workers/pool.ts", `new Int32Array(buffer);`);
});

Deno.test("no-shared-views lets arrays with memory of their own stand", () => {
  assertKeeps(
    "sync/mutex.ts",
    `new Float64Array(1);`,
    `new Uint8Array([1, 2]);`,
    `new Uint8Array();`,
  );
});

Deno.test("error-grammar refuses messages that are no plain sentences", () => {
  assertBreaks(
    "error-grammar",
    "workers/pool.ts",
    `throw new TypeError("cannot start");`,
    `throw new RangeError("Cannot start.");`,
    `throw new Error("Worker can't start");`,
    `throw Error("Worker can’t start");`,
    "throw new Error(`cannot start ${n} workers`);",
    "throw new Error(`Cannot start ${n} workers.`);",
    `throw new Error("Cannot start " + n + " workers.");`,
    `throw new Error("Cannot start as it's closed");`,
    `throw new DOMException("timed out", "TimeoutError");`,
    `throw new AggregateError([], "several");`,
  );
});

Deno.test("error-grammar lets sentences and unknown messages stand", () => {
  assertKeeps(
    "workers/pool.ts",
    `throw new TypeError("Cannot start pool: received 0");`,
    "throw new TypeError(`Cannot start '${name}' as 'all' is ${value}`);",
    "throw new Error(`${what} ended`);",
    `throw new Error(message);`,
    `throw new Error();`,
    `throw new WorkerLostError("x.ts");`,
    `throw new AggregateError([], "Several tasks failed");`,
  );
  assertKeeps("tools/x.ts", `throw new Error("no.");`);
});

Deno.test("no-catch-all-names refuses names that say nothing", () => {
  const rule = "no-catch-all-names";
  assertBreaks(rule, "sync/utils.ts", "");
  assertBreaks(rule, "tests/support/helpers.ts", "");
  assertBreaks(rule, "workers/types.ts", "");
  assertBreaks(rule, "tests/common/x.ts", "");
  assertBreaks(rule, "docs/index.ts", "");
  assertBreaks(rule, "misc.ts", "");
  assertKeeps("sync/index_table.ts", "");
  assertKeeps("codec/number_types.ts", "");
});

Deno.test("The rules know a file by its absolute path", () => {
  assertBreaks("no-console-in-library", `${ROOT}sync/x.ts`, `console.log();`);
  assertKeeps(`${ROOT}tests/sync/x.ts`, `console.log();`);
  assertKeeps(`${ROOT}../elsewhere/sync/x.ts`, `console.log();`);
});
