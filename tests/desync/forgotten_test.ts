import { assertEquals } from "@std/assert";
import { runProgram } from "../support/run_program.ts";

Deno.test(
  "A suspension that is garbage-collected is over, and jobs of a queue that is run (D16, D26)",
  {
    timeout: 60_000,
  },
  async () => {
    const file = new URL("fixtures/forgotten_program.ts", import.meta.url);
    const { code, stdout, stderr } = await runProgram({ file }, {
      permissions: ["--allow-all"],
      flags: ["--v8-flags=--expose-gc"],
      timeout: 50_000,
    });
    assertEquals(code, 0, stderr);
    assertEquals(JSON.parse(stdout), {
      forgotten: "ran",
      kept: "waits",
      ran: 2,
    });
  },
);
