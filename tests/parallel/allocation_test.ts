import { assert, assertEquals } from "@std/assert";
import { runProgram } from "../support/run_program.ts";

/** What is the same for each run is little for each number; a number that is boxed takes 12. */
const MOST = 2;

Deno.test(
  "Plans over numbers in shared memory allocate nothing for each of them, on any thread",
  { timeout: 120_000 },
  async () => {
    const file = new URL("fixtures/plan_allocations.ts", import.meta.url);
    const { code, stdout, stderr } = await runProgram({ file }, {
      permissions: ["--allow-all"],
      // What is compiled does not depend on how busy the machine is.
      flags: ["--v8-flags=--no-concurrent-recompilation"],
      timeout: 100_000,
    });
    assertEquals([code, stderr], [0, ""]);
    const { known, ...plans }: Record<string, number[]> = JSON.parse(stdout);
    assert(Object.keys(plans).length > 5);
    for (const [name, bytes] of Object.entries(plans)) {
      for (const each of bytes) assert(each < MOST, `${name}: ${each} bytes`);
    }
    // The measurement finds what is there: a tenth of the numbers, each in an array.
    assert(known![0]! > 3, `${known} bytes`);
  },
);
