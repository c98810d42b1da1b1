import { assert, assertEquals } from "@std/assert";
import { runProgram } from "../support/run_program.ts";

/** A task of the program takes about 100 bytes: 10,000 of them would be a million. */
const LIMIT = 400_000;

Deno.test(
  "Queues do not grow over a million batches, nor by a burst of a million tasks: shown by heap counters",
  { timeout: 300_000 },
  async () => {
    const file = new URL("fixtures/memory_program.ts", import.meta.url);
    const { code, stdout, stderr } = await runProgram({ file }, {
      permissions: ["--allow-all"],
      flags: ["--v8-flags=--expose-gc"],
      timeout: 280_000,
    });
    assertEquals(code, 0, stderr);
    const { kept, ...grown } = JSON.parse(stdout) as Record<string, number>;
    assertEquals(Object.keys(grown).length, 7);
    for (const [name, bytes] of Object.entries(grown)) {
      assert(bytes < LIMIT, `${name}: ${bytes} bytes`);
    }
    assert(kept! > LIMIT, `${kept}`);
  },
);
