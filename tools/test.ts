/**
 * `deno task test [ARGUMENT ...]`: checks the types of everything, then runs
 * every test and every example of the documentation. Arguments go to
 * `deno test`; files and folders among them take the place of the whole set.
 *
 * `deno task check` is the same without the tests (`--check-only`).
 *
 * @module
 */

import { existsSync, readdirSync } from "node:fs";
import { runDeno } from "./deno_command.ts";
import { importOptions } from "./imports.ts";
import { libraryFolders, ROOT } from "./repository.ts";
import { type TestCounts, TestSummary } from "./test_summary.ts";

/** How long a run may take, in milliseconds. */
const TIME_LIMIT = 40 * 60_000;
/** The tests of which several run at once. */
const MODEL_TESTS = "tests/model";

async function main(args: readonly string[]): Promise<number> {
  const imports = await importOptions();
  if (imports.length > 0) {
    console.error(
      "JSR does not answer: the tests' imports come from npm (tests/offline/)",
    );
  }
  const code = await checkTypes(imports);
  if (code !== 0 || args.includes("--check-only")) return code;
  return await test(imports, args);
}

async function checkTypes(imports: readonly string[]): Promise<number> {
  console.log("Checking types");
  // Markdown files are checked only where they are named.
  const files = [".", ...existing(["README.md"]), ...markdownOf("docs")];
  const { code } = await runDeno(
    ["check", "--quiet", "--doc", ...imports, ...files],
  );
  return code;
}

async function test(
  imports: readonly string[],
  args: readonly string[],
): Promise<number> {
  const whole = ["tests", "README.md", "docs", "mod.ts"];
  const isWhole = !args.some((arg) => !arg.startsWith("-") && existsSync(arg));
  const runs = isWhole
    ? [
      // They need nothing but a processor, so each processor has one.
      ["--parallel", MODEL_TESTS],
      [`--ignore=${MODEL_TESTS}`, ...existing(whole), ...libraryFolders()],
    ]
    : [[]];
  const all: TestCounts = { passed: 0, failed: 0 };
  let status = 0;
  for (const run of runs) {
    const { passed, failed, code } = await runTests(
      [...imports, ...run, ...args],
    );
    all.passed += passed;
    all.failed += failed;
    status ||= code;
  }
  console.log(`${all.passed} passed, ${all.failed} failed`);
  return status;
}

async function runTests(
  args: readonly string[],
): Promise<TestCounts & { code: number }> {
  const summary = new TestSummary();
  const { code, timedOut } = await runDeno(
    ["test", "-A", "--doc", "--no-check", ...args],
    {
      // Deno colours what it prints into a pipe, too.
      env: Deno.stdout.isTerminal() ? {} : { NO_COLOR: "1" },
      timeLimit: TIME_LIMIT,
      onStdout: (chunk) => {
        writeAll(chunk);
        summary.add(chunk);
      },
    },
  );
  return { ...summary.counts() ?? withoutSummary(code, timedOut), code };
}

/** A run that broke off, and so has no summary, counts as one failure. */
function withoutSummary(code: number, timedOut: boolean): TestCounts {
  // The output may have stopped in the middle of a line.
  console.log();
  console.error(
    timedOut
      ? `The tests did not end in ${TIME_LIMIT / 60_000} minutes: killed`
      : `deno test gave no summary: exit status ${code}`,
  );
  return { passed: 0, failed: code === 0 ? 0 : 1 };
}

function existing(paths: readonly string[]): string[] {
  return paths.filter((path) => existsSync(ROOT + path));
}

function markdownOf(folder: string): string[] {
  if (!existsSync(ROOT + folder)) return [];
  return readdirSync(ROOT + folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md"))
    .map((path) => `${folder}/${path}`);
}

function writeAll(chunk: Uint8Array): void {
  let written = 0;
  while (written < chunk.length) {
    written += Deno.stdout.writeSync(chunk.subarray(written));
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
