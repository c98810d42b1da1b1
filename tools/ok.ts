/**
 * `deno task ok`: everything that the gate checks, in order, up to the first
 * failure. `--before-tests` leaves out the last step, the test command.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { runDeno } from "./deno_command.ts";
import { ROOT } from "./repository.ts";

interface Step {
  name: string;
  args: string[];
}

function steps(): Step[] {
  const { exports } = JSON.parse(readFileSync(`${ROOT}deno.json`, "utf8"));
  const entryPoints = Object.values<string>(exports);
  const tool = ["run", "--no-check", "-A"];
  return [
    { name: "Format", args: ["fmt", "--check"] },
    { name: "Lint", args: ["lint"] },
    { name: "Documentation", args: ["doc", "--lint", ...entryPoints] },
    { name: "Publication", args: [...tool, "tools/check_publish.ts"] },
    { name: "Types and tests", args: [...tool, "tools/test.ts"] },
  ];
}

async function main(args: readonly string[]): Promise<number> {
  const all = steps();
  const chosen = args.includes("--before-tests") ? all.slice(0, -1) : all;
  for (const { name, args } of chosen) {
    console.log(`\n== ${name}`);
    const { code } = await runDeno(args);
    // Nothing more is printed: the counts of the tests stay the last line.
    if (code !== 0) return code;
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
