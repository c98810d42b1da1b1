import { assert, assertEquals } from "@std/assert";
import { platform } from "../../ffi/mod.ts";
import { runProgram } from "../support/run_program.ts";
import type { RefusedRuntime } from "./runtime_refused_program.ts";

Deno.test({
  name:
    "a runtime works where the system refuses to place memory, and says so where there are several nodes (needs Linux with glibc, and all permissions)",
  ignore: !platform().source.includes("libc.so.6"),
  timeout: 180_000,
  async fn() {
    const { code, stderr, stdout } = await runProgram({
      file: import.meta.resolve("./runtime_refused_program.ts"),
    }, { permissions: ["-A"], timeout: 150_000 });
    assertEquals([code, stderr], [0, ""]);
    const { nodes, text, workers }: RefusedRuntime = JSON.parse(stdout);
    assert(workers.length > 0);
    for (const { pinned, placementFailure } of workers) {
      assert(pinned);
      assertEquals(placementFailure?.includes("EPERM") ?? false, nodes > 1);
    }
    assertEquals(text.includes("memory not bound to node"), nodes > 1);
  },
});
