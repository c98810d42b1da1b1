import { assertEquals } from "@std/assert";
import { runProgram } from "../support/run_program.ts";

Deno.test("isPinned() is false where affinities are unknown", async () => {
  const { code, stderr, stdout } = await runProgram(`
    import { isPinned } from "@kindred/kindred/topology";
    console.log(isPinned(), isPinned(0));
  `);
  assertEquals([code, stderr, stdout], [0, "", "false false\n"]);
});
