import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { runProgram } from "./run_program.ts";

Deno.test("runProgram() returns what a program said and how it ended", async () => {
  const result = await runProgram(
    `
    console.log("out", ...Deno.args);
    console.error("error");
    Deno.exit(3);
  `,
    { args: ["a", "b"] },
  );
  assertEquals(result.stdout, "out a b\n");
  assertEquals(result.stderr, "error\n");
  assertEquals([result.code, result.signal], [3, null]);
  assert(result.milliseconds > 0);
});

Deno.test("runProgram() runs the module that it is given", async () => {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, `console.log(import.meta.url);`);
    const { stdout } = await runProgram({ file });
    assertEquals(stdout, `${pathToFileURL(file)}\n`);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("runProgram() gives the permissions that are named and no others", async () => {
  const source = `
    for (const name of ["env", "ffi", "read"]) {
      console.log(Deno.permissions.querySync({ name }).state);
    }
  `;
  const none = await runProgram(source);
  assertEquals(none.stdout, "prompt\nprompt\nprompt\n");
  const one = await runProgram(source, { permissions: ["--allow-ffi"] });
  assertEquals(one.stdout, "prompt\ngranted\nprompt\n");
});

Deno.test("runProgram() lets nobody answer a prompt", async () => {
  const { code, stderr } = await runProgram(`Deno.readTextFileSync("x");`);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "NotCapable");
});

Deno.test("runProgram() hands on input, environment and options", async () => {
  const { stdout } = await runProgram(
    `
    const input = await new Response(Deno.stdin.readable).text();
    console.log(input, Deno.env.get("KINDRED_TEST"), typeof gc);
  `,
    {
      permissions: ["--allow-env"],
      flags: ["--v8-flags=--expose-gc"],
      env: { KINDRED_TEST: "yes" },
      stdin: "hello",
    },
  );
  assertEquals(stdout, "hello yes function\n");
});

Deno.test("runProgram() survives a program that does not read its input", async () => {
  const { code } = await runProgram(`Deno.exit(0);`, {
    stdin: "x".repeat(1 << 20),
  });
  assertEquals(code, 0);
});

Deno.test("runProgram() passes output on as it comes", async () => {
  const seen: string[] = [];
  const { stdout } = await runProgram(`console.log("one");`, {
    onStdout: (text) => seen.push(text),
  });
  assertEquals(seen.join(""), stdout);
});

Deno.test("runProgram() kills a program that does not end and tells what it said", async () => {
  const error = await assertRejects(
    () => runProgram(`console.log("before"); while (true);`, { timeout: 2000 }),
    Error,
  );
  assertStringIncludes(error.message, "before");
});

Deno.test("runProgram() does not wait for the children of a program that it killed", async () => {
  // The grandchild has the same pipes.
  const error = await assertRejects(
    () =>
      runProgram(
        `
    const { pid } = new Deno.Command(Deno.execPath(), {
      args: ["eval", "setTimeout(() => {}, 60_000)"],
    }).spawn();
    console.log("pid", pid, ".");
    while (true);
  `,
        { permissions: ["--allow-all"], timeout: 2000 },
      ),
    Error,
  );
  const pid = Number(/pid (\d+) \./.exec(error.message)?.[1]);
  assert(pid > 0);
  Deno.kill(pid, "SIGKILL");
});

Deno.test("runProgram() removes the folder that it made", async () => {
  const { stdout } = await runProgram(`console.log(Deno.cwd());`, {
    permissions: ["--allow-read"],
  });
  assert(stdout.trim() !== "");
  assertEquals(existsSync(stdout.trim()), false);
});
