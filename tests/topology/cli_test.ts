import { assert, assertEquals } from "@std/assert";
import { runCli } from "../../topology/cli.ts";
import { topology } from "../../topology/mod.ts";
import { type ProgramResult, runProgram } from "../support/run_program.ts";
import { withFixture } from "./recorded_machines.ts";

const PROGRAM = import.meta.resolve("../../topology/cli.ts");

function run(
  permissions: readonly string[],
  ...args: readonly string[]
): Promise<ProgramResult> {
  return runProgram({ file: PROGRAM }, { permissions, args });
}

Deno.test("runCli() draws this machine", () => {
  const { code, complaint, output } = runCli([]);
  assertEquals([code, complaint], [0, ""]);
  assertEquals(output, topology().toString());
});

Deno.test("runCli() writes JSON of a recorded machine", () => {
  withFixture("offline-gaps", (root) => {
    for (const args of [["--root", root], [`--root=${root}`]]) {
      const { code, output } = runCli(["--json", ...args]);
      assertEquals(code, 0);
      const json = JSON.parse(output);
      assertEquals(json.allowed, "1-2,4-7,9-10,12-14");
      assertEquals(json.source, `the recording in ${root}`);
    }
  });
});

Deno.test("runCli() writes a picture into a file, and nothing else", () => {
  const file = Deno.makeTempFileSync({ suffix: ".svg" });
  try {
    const result = runCli(["--svg", file]);
    assertEquals(result, { output: "", complaint: "", code: 0 });
    assertEquals(Deno.readTextFileSync(file), topology().toSvg());
  } finally {
    Deno.removeSync(file);
  }
});

Deno.test("runCli() says why with --why", () => {
  const { code, output } = runCli(["--why"]);
  assertEquals(code, 0);
  assert(output.startsWith(`Read from ${topology().source}.\n`));
  assertEquals(output.split("\n").length >= 2, true);
});

Deno.test("runCli() refuses what it does not know, and says what it does", () => {
  for (const args of [["--jsn"], ["file"], ["--svg"], ["--root="], ["-h"]]) {
    const { code, complaint, output } = runCli(args);
    assertEquals([code, output], [2, ""]);
    assert(complaint.includes("--root DIR"));
    assert(complaint.includes(args[0]!.replace("=", "")));
  }
  assert(runCli(["--help"]).output.includes("--svg FILE"));
});

Deno.test("runCli() fails with a sentence where there is no machine", () => {
  const { code, complaint } = runCli(["--root", "/no/such/machine"]);
  assertEquals(code, 1);
  assert(complaint.includes("/no/such/machine"));
});

Deno.test("the command prints the machine, its complaints and its status", async () => {
  const drawing = await run(["--allow-ffi"]);
  assertEquals([drawing.code, drawing.stderr], [0, ""]);
  assert(drawing.stdout.includes("allowed"));
  const wrong = await run([], "--nonsense");
  assertEquals([wrong.code, wrong.stdout], [2, ""]);
  assert(wrong.stderr.includes("--nonsense"));
  const denied = await run([], "--root", "/tmp");
  assertEquals(denied.code, 1);
  assert(denied.stderr.includes("--allow-read=/tmp"));
});

Deno.test("the command names the flag that writing a picture needs", async () => {
  const { code, stderr, stdout } = await run([], "--svg", "/no/picture.svg");
  assertEquals([code, stdout], [1, ""]);
  assert(stderr.includes("--allow-write=/no/picture.svg"));
});

Deno.test("the command names the flag that would give more", async () => {
  const { code, stdout } = await run([], "--why");
  assertEquals(code, 0);
  assert(stdout.includes("--allow-ffi"));
});
