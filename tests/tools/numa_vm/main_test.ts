import { assert, assertEquals } from "@std/assert";
import { MACHINES } from "../../../tools/numa_vm/machines.ts";

const MAIN = new URL("../../../tools/numa_vm/main.ts", import.meta.url);

function runMain(
  args: readonly string[],
  env: Record<string, string> = {},
): { code: number; stdout: string; stderr: string } {
  const { code, stderr, stdout } = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--no-lock", "-A", MAIN.href, ...args],
    stdin: "null",
    env: { NO_COLOR: "1", ...env },
  }).outputSync();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

Deno.test("test:numa --list names the machines", () => {
  const { code, stdout } = runMain(["--list"]);
  const names = stdout.trim().split("\n").map((line) => line.split(" ")[0]);
  assertEquals([code, names], [0, MACHINES.map(({ name }) => name)]);
});

Deno.test("test:numa names the machines where there is none of that name", () => {
  const { code, stderr } = runMain(["no-such-machine"]);
  assertEquals(code, 1);
  assert(stderr.includes("no-such-machine"));
  assert(stderr.includes(MACHINES.at(-1)!.name));
});

Deno.test("test:numa says what to install, and ends with a status of its own", () => {
  const { code, stderr, stdout } = runMain(["smt"], { PATH: "/nowhere" });
  assertEquals([code, stdout], [2, ""]);
  assert(stderr.startsWith("Cannot run the tests on NUMA machines"));
});
