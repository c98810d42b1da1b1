/**
 * The command behind `deno task bench:compare`; see README.md.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { areas } from "./areas/mod.ts";
import { measure, MIN_ROUNDS } from "./harness/measure.ts";
import { toJsonLines, toTable } from "./harness/report.ts";
import type { Area, Scenario } from "./harness/scenario.ts";

/** Rounds, time for all runs of an area together in ms (set-up and warm-up come on top), bounds of one run in ms, how long to warm up, and when a subject is too slow. */
const FULL = {
  rounds: 11,
  budgetMs: 120_000,
  minMs: 20,
  maxMs: 250,
  warmMs: 250,
  slowMs: 2000,
};
const QUICK = {
  rounds: MIN_ROUNDS,
  budgetMs: 13_000,
  minMs: 20,
  maxMs: 100,
  warmMs: 60,
  slowMs: 400,
};

const HELP =
  `Compares subjects that need several threads, ours and peers', in one run.

Usage: deno task bench:compare [AREA[/PREFIX] ...] [--quick] [--json] [--help]

  AREA      an area, or with /PREFIX those of its scenarios that start so; default: all
  --quick   shorter rounds, and fewer scenarios where there are many
  --json    one line a subject on stdout: {area, scenario, subject, unit, median, low, high, ratio}
            and, where pools are compared, {bestRival, toBestRival}
  --help    this text

Areas:
${areas.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`).join("\n")}
`;

interface Selected {
  readonly area: Area;
  readonly prefix: string;
}

class UsageError extends Error {}

function write(
  stream: { writeSync(bytes: Uint8Array): number },
  text: string,
): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
}

function parse(
  args: string[],
): { quick: boolean; json: boolean; help: boolean; names: string[] } {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        quick: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false, short: "h" },
      },
    });
    return { ...values, names: positionals };
  } catch (error) {
    throw new UsageError(
      error instanceof Error ? error.message : String(error),
    );
  }
}

function select(names: string[]): Selected[] {
  if (names.length === 0) return areas.map((area) => ({ area, prefix: "" }));
  return names.map((name) => {
    const [first = "", ...rest] = name.split("/");
    const area = areas.find((area) => area.name === first);
    if (area === undefined) {
      const known = areas.map(({ name }) => name).join(", ");
      throw new UsageError(
        `Cannot compare as there is no area '${first}': areas are ${known}`,
      );
    }
    return { area, prefix: rest.join("/") };
  });
}

function header(rounds: number, roundMs: number): string {
  const [load = 0] = Deno.build.os === "windows" ? [] : Deno.loadavg();
  return `Deno ${Deno.version.deno}, V8 ${Deno.version.v8}, ${Deno.build.target}, ` +
    `${navigator.hardwareConcurrency} processors, load ${load.toFixed(2)}\n` +
    `${rounds} alternating rounds of ${
      Math.round(roundMs)
    } ms a subject; median, quartiles (low, high), ` +
    `ratio round by round\n\n`;
}

async function compare(
  { area, prefix }: Selected,
  options: { quick: boolean; json: boolean },
): Promise<void> {
  const { rounds, budgetMs, minMs, maxMs, warmMs, slowMs } = options.quick
    ? QUICK
    : FULL;
  let all: readonly Scenario[];
  try {
    all = await area.scenarios(options.quick);
  } catch (error) {
    // Not on this machine: the other areas go on.
    const reason = error instanceof Error ? error.message : String(error);
    return write(Deno.stderr, `${area.name}: not measured: ${reason}\n`);
  }
  const scenarios = all.filter(({ name }) => name.startsWith(prefix));
  if (scenarios.length === 0) {
    throw new UsageError(
      `Cannot compare as '${area.name}' has no scenario '${prefix}'${
        options.quick ? " with --quick" : ""
      }`,
    );
  }
  const runs = rounds *
    scenarios.reduce((n: number, s: Scenario) => n + s.subjects.length, 0);
  const roundMs = Math.min(Math.max(budgetMs / runs, minMs), maxMs);
  if (!options.json) write(Deno.stdout, header(rounds, roundMs));
  for (const scenario of scenarios) {
    const result = await measure(scenario, { rounds, roundMs, warmMs, slowMs });
    if (!options.json) {
      write(Deno.stdout, toTable(area.name, result));
      continue;
    }
    write(Deno.stdout, toJsonLines(area.name, result));
    for (const { subject, reason } of result.notMeasured) {
      write(
        Deno.stderr,
        `${area.name}/${scenario.name}: ${subject}: not measured: ${reason}\n`,
      );
    }
  }
}

async function main(): Promise<void> {
  const { help, names, ...options } = parse(Deno.args);
  if (help) return write(Deno.stdout, HELP);
  for (const selected of select(names)) await compare(selected, options);
}

// A call of a subject that failed may be rejected late, when nobody waits for it any more.
globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  write(Deno.stderr, `rejected late: ${event.reason}\n`);
});

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  write(Deno.stderr, `${error.message}\nTry --help.\n`);
  Deno.exitCode = 2;
}

// A subject that hung may have left a thread behind. The timer holds nothing: without such a thread it never fires.
Deno.unrefTimer(setTimeout(() => {
  write(Deno.stderr, "A subject left a thread behind: ended by force.\n");
  Deno.exit();
}, 2000));
