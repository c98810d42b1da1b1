/**
 * `deno task demo [--json] [PATH ...]`: counts the words of every text file
 * below each PATH on every core, and shows how.
 *
 * @module
 */

import { type Family, Runtime, topology } from "../../mod.ts";
import { Census, census, newTally } from "./census.ts";
import { type Command, HELP, readCommandLine } from "./command_line.ts";
import { compareCalls } from "./compare.ts";
import { DefaultTree } from "./default_tree.ts";
import type { Figures, Result } from "./figures.ts";
import { exists, findFiles } from "./files.ts";
import { Interrupt } from "./interrupt.ts";
import { cutIntoPieces, type Piece } from "./pieces.ts";
import { Progress, type Task } from "./progress.ts";
import {
  comparisonText,
  resultText,
  skippedText,
  workersText,
} from "./show.ts";
import type { Skipped } from "./skipped.ts";
import { commonestWords, mergeWords } from "./words.ts";

/** How many of the commonest words are shown. */
const SHOWN = 20;

async function main(args: readonly string[]): Promise<number> {
  let command: Command;
  try {
    command = readCommandLine(args);
  } catch (error) {
    console.error((error as Error).message);
    console.error("Try --help");
    return 2;
  }
  if (command.help) {
    console.log(HELP);
    return 0;
  }
  using interrupt = new Interrupt();
  try {
    return await demo(command, interrupt);
  } catch (error) {
    if (interrupt.status === undefined) throw error;
    return interrupt.status;
  }
}

/** The show, from the machine to the figures. Returns the exit status. */
async function demo(command: Command, interrupt: Interrupt): Promise<number> {
  const { signal } = interrupt;
  const say = command.json ? () => {} : console.log;
  await using tree = command.paths.length > 0
    ? undefined
    : await DefaultTree.make(signal);
  const paths = tree?.paths ?? command.paths;
  if (!paths.some(exists)) {
    complain((await findFiles(paths, signal)).skipped);
    return 1;
  }

  const machine = topology();
  say(`${machine}\n`);

  const starting = performance.now();
  await using runtime = await Runtime.start(); //  one pinned worker per core
  const family = await runtime.link(census); //    one instance on each of them
  const start = secondsSince(starting);
  const report = runtime.report();
  say(workersText(report));

  const found = await findFiles(paths, signal);
  complain(found.skipped);
  const pieces = cutIntoPieces(found.files);
  const { files, bytes, words } = family.here.tally;
  const task = {
    files: found.files.length,
    bytes: found.files.reduce((sum, { size }) => sum + size, 0),
  };
  const counted = await countTogether(family, pieces, {
    task: { name: "counting", ...task },
    interrupt,
  });
  complain(counted.skipped);

  const merging = performance.now();
  const [list = new Map<string, number>(), ...others] = await family.all()
    .words();
  for (const each of others) mergeWords(list, each);
  const merge = secondsSince(merging);
  signal.throwIfAborted();

  const result: Result = {
    paths,
    machine: {
      processors: machine.online.size,
      cores: machine.cores.length,
      packages: machine.packages.length,
      nodes: machine.nodes.length,
      quota: machine.quota ?? null,
      source: machine.source,
    },
    mode: report.mode,
    workers: report.workers.map((
      { index, processor, affinity, pinned, threadId },
    ) => ({ index, processor, affinity, pinned, threadId })),
    files: files.value,
    bytes: bytes.value,
    words: words.value,
    differentWords: list.size,
    unlistedWords: words.value - sumOf(list.values()),
    commonest: commonestWords(list, SHOWN)
      .map(([word, count]) => ({ word, count })),
    seconds: { start, count: counted.seconds, merge },
    skipped: [...found.skipped, ...counted.skipped],
  };
  say(`\n${resultText(result)}`);

  const call = report.mode === "threads" ? await compareCalls(runtime) : null;
  await runtime.close();
  signal.throwIfAborted();
  const oneThread = await countAlone(pieces, {
    task: { name: "one thread", ...task },
    interrupt,
  });
  const figures: Figures = { ...result, call, oneThread };
  say(comparisonText(figures));
  if (command.json) console.log(JSON.stringify(figures, null, 2));
  return 0;
}

/** What a count needs besides its pieces. */
interface CountOptions {
  readonly task: Task;
  readonly interrupt: Interrupt;
}

/** Counts on all workers. */
async function countTogether(
  family: Family<Census>,
  pieces: readonly Piece[],
  { task, interrupt }: CountOptions,
): Promise<{ seconds: number; skipped: Skipped[] }> {
  const { here } = family; // this thread's own instance has the same counters
  using progress = new Progress(here.tally, task);
  interrupt.onStop(() => here.stop());
  const start = performance.now();
  const skipped = await family.all().run(pieces);
  const seconds = secondsSince(start);
  if (interrupt.signal.aborted) progress.stopped();
  interrupt.signal.throwIfAborted();
  progress.done();
  return { seconds, skipped: withoutRepeats(skipped.flat()) };
}

/** Counts on this thread: one plain object of the same class. */
async function countAlone(
  pieces: readonly Piece[],
  { task, interrupt }: CountOptions,
): Promise<{ seconds: number; words: number }> {
  const alone = new Census(newTally());
  using _progress = new Progress(alone.tally, task);
  interrupt.onStop(() => alone.stop());
  const start = performance.now();
  await alone.run(pieces);
  interrupt.signal.throwIfAborted();
  return { seconds: secondsSince(start), words: alone.tally.words.value };
}

function complain(skipped: readonly Skipped[]): void {
  for (const each of skipped) console.error(skippedText(each));
}

/** Each piece of a file finds the same thing wrong with it. */
function withoutRepeats(skipped: readonly Skipped[]): Skipped[] {
  return [...new Map(skipped.map((each) => [skippedText(each), each])).values()]
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}

function sumOf(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
