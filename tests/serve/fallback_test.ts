import { assertEquals, assertStringIncludes } from "@std/assert";
import { runProgram } from "../support/run_program.ts";

const timeout = 60_000;

/** Serves in a program of its own, without this repository's configuration. */
async function served(
  permissions: string[],
  ...args: string[]
): Promise<Record<string, unknown>> {
  const result = await runProgram(
    { file: new URL("./fixtures/fallback_program.ts", import.meta.url) },
    { permissions, isConfigured: false, args },
  );
  assertEquals([result.code, result.stderr], [0, ""]);
  return JSON.parse(result.stdout);
}

for (const end of ["server", "runtime"]) {
  Deno.test(
    `without --unstable-net serve() relays on all workers, until the ${end} is closed`,
    { timeout },
    async () => {
      const { notes, ...told } = await served(["-A"], end);
      assertEquals(told, {
        spread: "relay",
        listening: [0, 1],
        requests: 41,
        connections: 41,
        workers: [0, 1],
        areRemotesRight: true,
        refused: true,
      });
      assertStringIncludes(String(notes), "--unstable-net");
    },
  );

  Deno.test(
    `without threads serve() serves on this one, until the ${end} is closed`,
    { timeout },
    async () => {
      const { notes, ...told } = await served(["--allow-net"], end);
      assertEquals(told, {
        spread: "single",
        listening: [0],
        requests: 41,
        connections: 0,
        workers: [0],
        areRemotesRight: true,
        refused: true,
      });
      assertStringIncludes(String(notes), "no threads");
    },
  );
}
