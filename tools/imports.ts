/**
 * Where the tests' imports come from: JSR, or on a machine that cannot reach
 * it the same packages from npm.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { runDeno } from "./deno_command.ts";
import { ROOT } from "./repository.ts";

const OFFLINE_MAP = "tests/offline/import_map.json";

/** How long JSR may take to answer, in milliseconds. */
const PATIENCE = 8000;

/**
 * The options that make the tests' imports load: none where JSR answers, and
 * the import map of `tests/offline/` where it does not.
 *
 * @param answers Whether JSR answers; default: tries it.
 */
export async function importOptions(
  answers: () => Promise<boolean> = jsrAnswers,
): Promise<string[]> {
  return await answers() ? [] : [`--import-map=${OFFLINE_MAP}`];
}

/** Whether everything loads that `deno.json` takes from JSR. */
async function jsrAnswers(): Promise<boolean> {
  const { imports } = JSON.parse(readFileSync(`${ROOT}deno.json`, "utf8"));
  const code = Object.entries<string>(imports)
    .filter(([, target]) => target.startsWith("jsr:"))
    .map(([name]) => `await import(${JSON.stringify(name)});`)
    .join("");
  const status = await runDeno(["eval", "--quiet", code], {
    silent: true,
    timeLimit: PATIENCE,
  });
  return status.code === 0;
}
