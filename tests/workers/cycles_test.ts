import { assert, assertEquals } from "@std/assert";
import { runProgram } from "../support/run_program.ts";

const CYCLES = new URL("../../bench/cycles.ts", import.meta.url).href;
const MIB = 1024 * 1024;

Deno.test({
  name: "Runtime.close() leaves no thread behind, and no memory",
  ignore: Deno.build.os !== "linux",
  timeout: 150_000,
  async fn() {
    const { code, stdout, stderr } = await runProgram(
      `import { cycles } from ${JSON.stringify(CYCLES)};
      console.log(JSON.stringify(await cycles({ count: 40, every: 20 })));`,
      {
        permissions: ["-A"],
        flags: ["--v8-flags=--expose-gc"],
        timeout: 120_000,
      },
    );
    assertEquals(code, 0, stderr);
    const [first, last] = JSON.parse(stdout);
    // The engine has threads of its own that come and go; a worker that stays would be twenty.
    assert(last.threads - first.threads < 5, stdout);
    // A worker takes more than that.
    assert(last.memory - first.memory < 15 * MIB, stdout);
  },
});
