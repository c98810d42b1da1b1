import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { areas } from "../../bench/areas/mod.ts";
import { placement } from "../../bench/harness/placement.ts";
import { pinThread } from "../../topology/mod.ts";
import { type ProgramResult, runProgram } from "../support/run_program.ts";

const timeout = 60_000;
const { pair } = await placement();

/** The command, with these arguments. */
function compare(...args: string[]): Promise<ProgramResult> {
  const file = new URL("../../bench/compare.ts", import.meta.url);
  return runProgram({ file }, { permissions: ["--allow-all"], args, timeout });
}

Deno.test("bench:compare --help names every area", { timeout }, async () => {
  const { code, stdout } = await compare("--help");
  assertEquals(code, 0);
  for (const { name, summary } of areas) {
    assertStringIncludes(stdout, name);
    assertStringIncludes(stdout, summary);
  }
});

Deno.test("bench:compare refuses what it does not know, with status 2", {
  timeout,
}, async () => {
  const refused: [args: string[], says: string][] = [
    [["nowhere"], "'nowhere'"],
    [["sync/nothing"], "'nothing'"],
    [["--fast"], "--fast"],
  ];
  for (const [args, says] of refused) {
    const { code, stderr } = await compare(...args);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, says);
  }
});

Deno.test("bench:compare --json prints a line for each subject", {
  timeout,
}, async () => {
  const { code, stdout, stderr } = await compare(
    "sync/counter",
    "--quick",
    "--json",
  );
  assertEquals([code, stderr], [0, ""]);
  const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(
    lines.map(({ scenario, subject, unit }) => [scenario, subject, unit]),
    [
      ["sync/counter", "kindred SharedCounter", "ns"],
      ["sync/counter", "kindred StripedCounter", "ns"],
    ],
  );
  for (const { low, median, high, ratio } of lines) {
    assert(0 < low && low <= median && median <= high && ratio > 0);
  }
});

Deno.test("bench:compare goes on where an area cannot be measured", {
  timeout,
  ignore: pair === undefined,
}, async () => {
  // The program inherits the mask: there is one processor for it.
  using _pinned = pinThread([pair!.caller]);
  const { code, stdout, stderr } = await compare(
    "layout",
    "sync/mutex/alone",
    "--quick",
  );
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, "layout: not measured");
  assertStringIncludes(stdout, "kindred withLock");
});
