/**
 * What the program says.
 *
 * @module
 */

import { formatCpuList, type RuntimeReport } from "../../mod.ts";
import type { CallCosts } from "./compare.ts";
import type { Figures, Result } from "./figures.ts";
import {
  bar,
  count,
  duration,
  number,
  printable,
  significant,
  size,
  speed,
} from "./format.ts";
import type { Skipped } from "./skipped.ts";

/** The width of the column of names, as in the drawing of the machine. */
const NAMES = 11;
/** Less text than this is counted before the workers are warm, in bytes. */
const LITTLE = 20e6;
/** The width of the bars of the commonest words. */
const BARS = 30;

const coloured = Deno.stdout.isTerminal() && !Deno.noColor;

/** Where each worker runs, and what is missing. */
export function workersText(report: RuntimeReport): string {
  const workers = report.mode === "inline"
    ? [entry("workers", "none: the calling thread does everything")]
    : report.workers.map(({ index, affinity, pinned, threadId }) => {
      const where = affinity === undefined
        ? "not pinned"
        : `${pinned ? "pinned to" : "on"} processor${
          affinity.length === 1 ? "" : "s"
        } ${formatCpuList(affinity)}`;
      const thread = threadId === undefined ? "" : `, thread ${threadId}`;
      return entry(`worker ${index}`, where + thread);
    });
  const missing = report.missing.map(({ what, why, grant }) =>
    entry(
      "missing",
      `${what}: ${why}${grant === undefined ? "" : `; ${grant} would give it`}`,
    )
  );
  return [...workers, ...missing].join("\n");
}

/** What was counted, and how long it took. */
export function resultText(result: Result): string {
  const { files, bytes, words, workers, seconds } = result;
  const together = secondsOf(result);
  const commonest = commonestLines(result);
  return [
    ...commonest,
    ...commonest.length > 0 ? [""] : [],
    entry("files", `${number(files)}, ${size(bytes)}`),
    entry("words", `${number(words)}, ${differentText(result)}`),
    entry(
      count(workers.length, "worker"),
      `${duration(together)}, ${speed(bytes, together)} (counting ${
        duration(seconds.count)
      }, merging ${duration(seconds.merge)})`,
    ),
  ].join("\n");
}

/** The same on one thread, and what calls cost. */
export function comparisonText(
  { bytes, workers, ...figures }: Figures,
): string {
  const { oneThread, words, call } = figures;
  const ratio = oneThread.seconds / secondsOf(figures);
  return [
    entry(
      "one thread",
      `${duration(oneThread.seconds)}, ${speed(bytes, oneThread.seconds)}: ${
        significant(ratio)
      } × the time`,
    ),
    ...ratio >= 1 || workers.length === 1 || bytes > LITTLE ? [] : [
      entry("", "too little text to gain by more threads: try a larger PATH"),
    ],
    ...oneThread.words === words ? [] : [
      entry("", `it met ${count(oneThread.words, "word")}: the files changed`),
    ],
    ...call === null ? [] : [entry("a call", callText(call))],
  ].join("\n");
}

/** One line about something that was not counted. */
export function skippedText({ path, reason }: Skipped): string {
  return `skipped ${printable(path)}: ${printable(reason)}`;
}

function commonestLines({ commonest }: Result): string[] {
  const most = commonest[0]?.count ?? 0;
  const width = Math.max(NAMES - 2, number(most).length);
  return commonest.map(({ word, count }) =>
    [
      number(count).padStart(width),
      colour(36, bar(count / most, BARS).padEnd(BARS)),
      printable(word, 76 - width - BARS),
    ].join("  ")
  );
}

function differentText({ differentWords, unlistedWords }: Result): string {
  return unlistedWords > 0
    ? `${number(differentWords)} different ones listed`
    : `${number(differentWords)} different`;
}

function callText({ oneInFlight, manyInFlight }: CallCosts): string {
  const { runtime, postMessage } = oneInFlight;
  return [
    `${significant(runtime)} µs, ${significant(runtime / postMessage)} `,
    `of postMessage's ${significant(postMessage)} µs; 64 in flight: `,
    `${
      significant(manyInFlight.postMessage / manyInFlight.runtime)
    } × its rate`,
  ].join("");
}

/** How long the workers took. */
function secondsOf({ seconds }: Pick<Result, "seconds">): number {
  return seconds.count + seconds.merge;
}

/** A name, and beside it what there is to say. */
function entry(name: string, text: string): string {
  return `${name.padEnd(NAMES - 1)} ${text}`;
}

function colour(code: number, text: string): string {
  return coloured ? `\x1b[${code}m${text}\x1b[0m` : text;
}
