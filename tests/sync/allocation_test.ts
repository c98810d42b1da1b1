import { assert, assertEquals } from "@std/assert";
import { runProgram } from "../support/run_program.ts";
import { KNOWN, ROWS } from "./allocations.ts";
import type { Allocation } from "./fixtures/allocation_worker.ts";

Deno.test(
  "Hot paths allocate nothing: shown by heap counters over a million operations",
  { timeout: 120_000 },
  async () => {
    const file = new URL("fixtures/allocation_program.ts", import.meta.url);
    const { code, stdout, stderr } = await runProgram({ file }, {
      permissions: ["--allow-all"],
      flags: [
        "--v8-flags=" + [
          "--expose-gc",
          // Nothing is collected while a row is measured.
          "--min-semi-space-size=128",
          "--max-semi-space-size=128",
          // What is compiled does not depend on how busy the machine is.
          "--no-concurrent-recompilation",
        ].join(),
      ],
      timeout: 100_000,
    });
    assertEquals(code, 0, stderr);
    const results: Allocation[] = JSON.parse(stdout);
    assertEquals(results.length, ROWS.length + 1);
    for (const [k, { name, bytes = 0 }] of [...ROWS, KNOWN].entries()) {
      const { grown, counted } = results[k]!;
      const text = `${name}: ${grown} bytes, ${counted} as the engine counts`;
      assert(grown < bytes + 1, text);
      assert(counted < bytes + 4, text);
    }
    // The measurement finds what is there.
    const { grown, counted } = results.at(-1)!;
    assert(Math.abs(grown - KNOWN.bytes!) < 1, `${grown}`);
    assert(Math.abs(counted - KNOWN.bytes!) < 4, `${counted}`);
  },
);
