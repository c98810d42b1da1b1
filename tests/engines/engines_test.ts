import { assertEquals } from "@std/assert";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { platform } from "../../ffi/mod.ts";
import { findEngine, type FoundEngine } from "./find_engine.ts";

const run = promisify(execFile);
const timeout = 60_000;
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The columns of the table in docs/runtimes.md, and who is asked about them. */
const ENGINES: [string, FoundEngine | undefined, string[]][] = [
  ["Deno", { path: Deno.execPath(), version: Deno.version.deno }, [
    ...["run", "--no-check", "--no-lock", "-A"],
  ]],
  ["Node", await findEngine({ name: "node", major: 24 }), []],
  ["Bun", await findEngine({ name: "bun", major: 1 }), []],
];

/** A column of the table: what works, by row. */
function columnOf(engine: string): Record<string, string> {
  const text = readFileSync(file("../../docs/runtimes.md"), "utf8");
  const rows = text.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.slice(1, -1).split("|").map((cell) => cell.trim()));
  const column = rows[0]!.indexOf(engine);
  return Object.fromEntries(
    rows.slice(2).map((cells) => [cells[0]!, cells[column]!]),
  );
}

/** Runs a program of this folder, which must write no error. */
async function outputOf(
  engine: FoundEngine | undefined,
  flags: readonly string[],
  program: string,
): Promise<string> {
  const args = [...flags, file(program)];
  const { stdout, stderr } = await run(engine!.path, args, { timeout });
  assertEquals(stderr, "");
  return stdout;
}

for (const [name, engine, flags] of ENGINES) {
  const options = { ignore: engine === undefined, timeout };

  Deno.test(
    `${name} does what the table of docs/runtimes.md says`,
    options,
    async () => {
      const stdout = await outputOf(engine, flags, "./engine_program.ts");
      const expected = columnOf(name);
      // Only where the system allows it.
      if (platform().affinity() === undefined) {
        expected["pinned workers"] = "no";
      }
      assertEquals(JSON.parse(stdout), expected);
    },
  );

  Deno.test(
    `a program in ${name} ends although it left its runtime open`,
    options,
    async () => {
      const stdout = await outputOf(engine, flags, "./unclosed_program.ts");
      assertEquals(stdout, "1\n");
    },
  );
}

const node = ENGINES[1]![1];
const ROOT = file("../../");
const GRANTS: [string, string[], unknown][] = [
  ["without --allow-worker, and says what to grant", [], [
    ...[1, "inline", "--allow-worker"],
  ]],
  ["with --allow-worker", ["--allow-worker"], [1, "threads", "nothing"]],
];

for (const [how, flags, expected] of GRANTS) {
  Deno.test(`a runtime under Node's --permission is what it may be ${how}`, {
    ignore: node === undefined,
    timeout,
  }, async () => {
    // Node warns of --allow-worker.
    const { stdout } = await run(node!.path, [
      ...["--permission", `--allow-fs-read=${ROOT}`, ...flags],
      file("./permission_program.ts"),
    ], { timeout });
    assertEquals(JSON.parse(stdout), expected);
  });
}
