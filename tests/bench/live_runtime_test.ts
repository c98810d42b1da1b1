import { assert, assertEquals } from "@std/assert";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const timeout = 60_000;

interface BenchReport {
  readonly benches: readonly {
    readonly name: string;
    readonly results: readonly { readonly ok?: { readonly n: number } }[];
  }[];
}

Deno.test(
  "withRuntime() gives the benches of examples/bench/ a runtime, and closes it last",
  {
    timeout,
  },
  async () => {
    const folder = fileURLToPath(
      new URL("../../examples/bench/", import.meta.url),
    );
    const { stdout } = await run(Deno.execPath(), [
      ...["bench", "-A", "--no-check", "--no-lock", "--json"],
      folder,
    ], { timeout });
    const { benches } = JSON.parse(stdout) as BenchReport;
    const names = benches.map(({ name }) => name);
    assertEquals(names.toSorted(), [
      "(the runtime is closed)",
      "64 calls at once",
      "64 tasks at once",
      "one call",
      "one task",
    ]);
    assertEquals(names.at(-1), "(the runtime is closed)");
    for (const { name, results } of benches) {
      assert(results.every(({ ok }) => ok !== undefined && ok.n > 0), name);
    }
  },
);
