import { assert, assertEquals } from "@std/assert";
import plugin from "../../lint/mod.ts";

const IMPORT =
  `import { currentTask, JoinSet, Runtime, type Scope } from "@kindred/kindred";\n`;
const RUNTIME = `${IMPORT}const runtime = await Runtime.start();\n`;

/** What the rule says is captured in a module, in the order of the source. */
function captured(source: string, path: string = "main.ts"): string[] {
  return Deno.lint.runPlugin(plugin, path, source)
    .toSorted((a, b) => a.range[0] - b.range[0])
    .map(({ id, message, range: [start, end] }) => {
      assertEquals(id, "kindred/no-captured-variables");
      const name = /'(.+)'/.exec(message)?.[1] ?? "";
      assertEquals(source.slice(start, end), name, source);
      return name;
    });
}

/** What a function captures that is sent, with these declarations around it. */
function sent(fn: string, around = ""): string[] {
  return captured(`${RUNTIME}${around}\nruntime.spawn(${fn});`);
}

Deno.test("no-captured-variables finds variables of every kind", () => {
  for (
    const declaration of [
      "const y = 1;",
      "let y;",
      "var y;",
      "function y() {}",
      "class Y {} const y = Y;",
      "enum y { A }",
      "namespace y { export const a = 1; }",
      `import y from "./y.ts";`,
      `import { y } from "./y.ts";`,
      `import { x as y } from "./y.ts";`,
      `import * as y from "./y.ts";`,
      "const { y } = o;",
      "const { x: [y] } = o;",
      "const { x: y = 1, ...rest } = o;",
      "const [y, z] = o;",
      "const [, ...y] = o;",
      "const [x, , { y }] = o;",
      "using y = o;",
      "if (a) { var y = 1; }",
    ]
  ) assertEquals(sent("() => y", declaration), ["y"], declaration);
});

Deno.test("no-captured-variables finds them wherever they are used", () => {
  for (
    const fn of [
      "function () { return y; }",
      "async () => { await y; }",
      "function* () { yield* y; }",
      "() => ({ y })",
      "() => ({ [y]: 1 })",
      "() => ({ a: y })",
      "() => `${y}`",
      "() => y`a`",
      "() => y.a.b",
      "() => y?.a",
      "() => a[y]",
      "() => typeof y",
      "() => { y = 1; }",
      "() => { y++; }",
      "() => { [y] = a; }",
      "() => { ({ a: y } = a); }",
      "() => { ({ y } = a); }",
      "() => { ({ y = 1 } = a); }",
      "() => { for (y of []); }",
      "() => { for (const k in y); }",
      "(a = y) => a",
      "({ a = y }) => a",
      "({ [y]: a }) => a",
      "() => () => y",
      "() => [1].map((n) => n * y)",
      "() => class extends y {}",
      "() => class { a = y; }",
      "() => class { static { y(); } }",
      "() => class { [y]() {} }",
      "() => class { static [y] = 1 }",
      "() => class { get [ y]() { return 1; } }",
      "() => class { @y m() {} }",
      "() => ({ m() { return y; } })",
      "() => new y()",
      "() => import(y)",
      "() => y as number",
      "() => y!",
      "() => y satisfies number",
      "() => <number>y",
      "() => y<number>",
      "() => { switch (y) { case 1: } }",
      "() => { l: while (y) break l; }",
      "() => { try {} catch { y(); } }",
      "() => { enum E { A = y } }",
      "() => { const z = y; }",
    ]
  ) assertEquals(sent(fn, "let y = 0;"), ["y"], fn);
});

Deno.test("no-captured-variables leaves what a function has itself", () => {
  for (
    const fn of [
      "() => 1",
      "(y) => y",
      "({ y }) => y",
      "({ a: { y } }) => y",
      "([y, ...z]) => [y, z]",
      "(...y) => y",
      "(a, y = a) => y",
      "() => { const y = 1; return y; }",
      "() => { if (a) { var y = 1; } return y; }",
      "() => { y(); function y() {} }",
      "() => { return y; var y; }",
      "() => { class y {} return y; }",
      "() => { enum y { A, B = A } return y; }",
      "() => { namespace y { export const z = 1; } return y; }",
      "() => { for (const y of []) y(); }",
      "() => { for (let y = 0; y < 1; y++); }",
      "() => { for (const y in {}) y; }",
      "() => { switch (1) { case 1: let y; y; } }",
      "() => { try {} catch (y) { y; } }",
      "() => { try {} catch ({ y }) { y; } }",
      "() => { using y = a(); y; }",
      "() => { const { y } = a; y; }",
      "() => { const [, y] = a; y; }",
      "([, [y]]) => y",
      "function y() { return y; }",
      "() => class y { m() { return y; } }",
      "() => (function y() { return y; })",
      "(list) => list.map((y) => y)",
      "function () { return arguments; }",
      "function () { return () => arguments; }",
    ]
  ) assertEquals(sent(fn, "let y = 0, z = 0;"), [], fn);
});

Deno.test("no-captured-variables knows where a declaration ends", () => {
  for (
    const fn of [
      "() => { { const y = 1; } return y; }",
      "() => { { function y() {} } return y; }",
      "() => { for (const y of []); return y; }",
      "() => { try {} catch (y) {} return y; }",
      "() => { (function y() {}); return y; }",
      "() => { (class y {}); return y; }",
      "() => { const f = () => { var y; }; return y; }",
      "() => { class A { static { var y; } } return y; }",
      "() => { switch (y) { case 1: let y; } }",
      // Parameters do not see the body.
      "(a = y) => { var y = 1; return a; }",
      "() => { enum E { y } return y; }",
      "() => { const { y: a } = {}; return [a, y]; }",
    ]
  ) assertEquals(sent(fn, "let y = 0;"), ["y"], fn);
});

Deno.test("no-captured-variables leaves globals, keys, labels and types", () => {
  for (
    const fn of [
      "() => [Math.max(1), globalThis.y, undefined, console]",
      "() => undeclared",
      "() => currentTask().signal",
      "(a) => a.y",
      "(a) => a?.y",
      "() => ({ y: 1 })",
      "() => ({ y() {} })",
      "() => class { y = 1; get z() { return this.y; } static y() {} #y = 1 }",
      "({ y: a }) => a",
      "() => { y: for (;;) { break y; } }",
      "() => { y: for (;;) { continue y; } }",
      "(a: typeof y) => a",
      "(a) => a as typeof y",
      "(a) => a satisfies typeof y",
      "(a): a is typeof y => true",
      "<T extends typeof y>(a: T) => a",
      "(a: y.T) => a",
      "() => { type A = typeof y; interface B { y: A } }",
      "() => { let a: y.T; }",
      "(a) => a<typeof y>()",
      "() => class implements y {}",
      "() => class { declare y: typeof y; }",
      "(a: Y) => a",
      "() => ambient + ambientFunction()",
    ]
  ) {
    assertEquals(
      sent(
        fn,
        `import type { Y } from "./y.ts"; let y = 0, z;
         declare const ambient: number; declare function ambientFunction(): number;`,
      ),
      [],
      fn,
    );
  }
});

Deno.test("no-captured-variables finds what arrow functions take from around", () => {
  const method = (body: string) =>
    captured(`${RUNTIME}class A extends B { m() { ${body} } }`);
  assertEquals(method("runtime.spawn(() => this.x);"), ["this"]);
  assertEquals(method("runtime.spawn(() => () => this);"), ["this"]);
  assertEquals(method("runtime.spawn(() => arguments);"), ["arguments"]);
  assertEquals(method("runtime.spawn(() => super.x);"), ["super"]);
  assertEquals(method("runtime.spawn(() => new.target);"), ["new.target"]);
  assertEquals(method("runtime.spawn(function () { return this; });"), []);
  assertEquals(method("runtime.spawn(() => class { a = this; });"), []);
  assertEquals(method("runtime.spawn(() => ({ m() { return this; } }));"), []);
  assertEquals(
    method("runtime.spawn(() => class { m() { return super.m(); } });"),
    [],
  );
  assertEquals(sent("() => this"), ["this"]);
  assertEquals(sent("function () { return import.meta.url; }"), [
    "import.meta",
  ]);
});

Deno.test("no-captured-variables says each name once per function", () => {
  assertEquals(
    sent("() => [y, z, y, () => z]", "const y = 1, z = 2;"),
    ["y", "z"],
  );
  assertEquals(
    captured(
      `${RUNTIME}const y = 1; const f = () => y; runtime.spawn(f); runtime.spawn(f);`,
    ),
    ["y"],
  );
});

Deno.test("no-captured-variables follows functions that are passed by name", () => {
  assertEquals(sent("f", "let y; function f() { return y; }"), ["y"]);
  assertEquals(sent("f", "let y; const f = () => y;"), ["y"]);
  assertEquals(sent("f as F", "let y; const f = (() => y) satisfies F;"), [
    "y",
  ]);
  assertEquals(sent("f", "const f = () => f();"), ["f"]);
  assertEquals(sent("f", "function f(n) { return f(n - 1); }"), []);
  // Nobody knows what these are by then.
  assertEquals(sent("f", "let y; let f = () => y;"), []);
  assertEquals(sent("f", `import { f } from "./f.ts";`), []);
  assertEquals(
    sent("f", "let y; const f = portable(import.meta.url, () => y);"),
    [],
  );
  assertEquals(sent("g.f", "let y; const g = { f: () => y };"), []);
});

Deno.test("no-captured-variables knows what runtimes are called", () => {
  for (
    const call of [
      "runtime.spawn(() => y)",
      "runtime.broadcast(() => y)",
      "runtime.stream(async function* () { yield y; })",
      "runtime.map([1], () => y)",
      "runtime.map([1], () => y, { concurrency: 2 })",
      "runtime?.spawn(() => y)",
      "runtime?.on(0)?.spawn?.(() => y)",
      "'ö𝒳'; runtime.spawn(() => y)",
      "runtime!.spawn(() => y)",
      `runtime["spawn"](() => y)`,
      "runtime.on(0).spawn(() => y)",
      "runtime.with({ name: 'a' }).on(1).spawn(() => y)",
      "runtime.scope((s) => s.spawn(() => y))",
      "runtime.scope(async function (s) { await s.spawn(() => y); })",
      "runtime.scope((s) => runtime.scope((t) => t.spawn(() => y)))",
      "{ const urgent = runtime.with({}); urgent.spawn(() => y); }",
      "{ let other; other = runtime; other.spawn(() => y); }",
      "{ await using own = await Runtime.start(); own.spawn(() => y); }",
      "(await Runtime.start()).spawn(() => y)",
      "new JoinSet(runtime).spawn(() => y)",
      "currentTask().runtime.spawn(() => y)",
      "{ const task = currentTask(); task.runtime.spawn(() => y); }",
      "{ const { runtime } = currentTask(); runtime.spawn(() => y); }",
      "{ const { runtime: r, name } = currentTask(); r.spawn(() => y); }",
      "Runtime.current.spawn(() => y)",
      "const other = Runtime.current; other?.spawn(() => y)",
      "function f(r: Runtime) { r.spawn(() => y); }",
      "function f(r: Runtime | undefined) { r?.spawn(() => y); }",
      "const f = (r: Runtime | 0, s: Scope) => s.spawn(() => y)",
      "class A { #r: Runtime; m() { this.#r.spawn(() => y); } }",
      "class A { r = runtime; m() { return () => this.r.spawn(() => y); } }",
    ]
  ) assertEquals(captured(`${RUNTIME}let y = 0;\n${call};`), ["y"], call);
});

Deno.test("no-captured-variables knows the imports of Kindred", () => {
  const rest = "const y = 1; r.spawn(() => y);";
  for (
    const start of [
      `import { Runtime } from "jsr:@kindred/kindred@^1"; const r = await Runtime.start();`,
      `import { Runtime } from "https://example.com/kindred/mod.ts"; const r = await Runtime.start();`,
      `import { Runtime } from "../pool.ts"; const r = await Runtime.start();`,
      `import { Runtime as R } from "@kindred/kindred"; const r = await R.start();`,
      `import * as k from "@kindred/kindred"; const r = await k.Runtime.start();`,
      `import * as k from "@kindred/kindred"; let r: k.Runtime;`,
      `import type { Runtime } from "@kindred/kindred"; let r: Runtime;`,
    ]
  ) assertEquals(captured(`${start}\n${rest}`), ["y"], start);
});

Deno.test("no-captured-variables leaves everything that is not a runtime", () => {
  for (
    const source of [
      "[1].map((n) => n + y)",
      "list.map([1], () => y)",
      "other.spawn(() => y)",
      "spawn(() => y)",
      "runtime.link(() => y)",
      "runtime.spawn",
      "runtime.scope((s) => y)",
      "runtime.map([1].map(() => y), (n) => n)",
      "runtime.spawn(work, () => y)",
      "{ const runtime = other(); runtime.spawn(() => y); }",
      "function f(runtime) { runtime.spawn(() => y); }",
      "function f(Runtime) { Runtime.start().spawn(() => y); }",
      "class A { r = other(); m() { this.r.spawn(() => y); } }",
      "const a = b, b = a; a.spawn(() => y)",
      "this.r.spawn(() => y)",
      "{ const { name } = currentTask(); name.spawn(() => y); }",
      "{ const { runtime } = other(); runtime.spawn(() => y); }",
    ]
  ) assertEquals(captured(`${RUNTIME}let y = 0;\n${source};`), [], source);
  for (
    const start of [
      `import { Runtime } from "effect"; const r = await Runtime.start();`,
      `const r = await Runtime.start();`,
      `import { Other } from "@kindred/kindred"; const r = await Other.start();`,
    ]
  ) {
    const source = `${start}\nconst y = 1; r.spawn(() => y);`;
    assertEquals(captured(source), [], source);
  }
});

Deno.test("no-captured-variables reads every file of this repository", async () => {
  let files = 0;
  for (const folder of ["lint", "linked", "workers", "codec", "examples"]) {
    for await (
      const path of sourcesIn(new URL(`../../${folder}/`, import.meta.url))
    ) {
      // As if it sent functions: only the reading is tried.
      const source = `${RUNTIME}${await Deno.readTextFile(path)}`;
      Deno.lint.runPlugin(plugin, path.pathname, source);
      files++;
    }
  }
  assert(files > 100);
});

/** All sources in a folder, and in those within. */
async function* sourcesIn(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* sourcesIn(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts")) yield new URL(name, folder);
  }
}
