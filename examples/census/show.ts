/**
 * What the program says.
 *
 * @module
 */

import { formatCpuList, type RuntimeReport } from "../../mod.ts";
import type { Figures } from "./figures.ts";
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
export function figuresText(figures: Figures): string {
  const commonest = commonestLines(figures);
  return [
    "",
    ...commonest,
    ...commonest.length > 0 ? [""] : [],
    ...totalLines(figures),
    ...timeLines(figures),
    ...callLines(figures),
  ].join("\n");
}

/** One line about something that was not counted. */
export function skippedText({ path, reason }: Skipped): string {
  return `skipped ${printable(path)}: ${printable(reason)}`;
}

function commonestLines({ commonest }: Figures): string[] {
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

function totalLines(figures: Figures): string[] {
  const { files, bytes, words, differentWords, unlistedWords } = figures;
  const different = unlistedWords > 0
    ? `${number(differentWords)} different ones listed`
    : `${number(differentWords)} different`;
  return [
    entry("files", `${number(files)}, ${size(bytes)}`),
    entry("words", `${number(words)}, ${different}`),
  ];
}

function timeLines(figures: Figures): string[] {
  const { bytes, words, workers, seconds, oneThreadWords } = figures;
  const together = seconds.count + seconds.merge;
  return [
    entry(
      count(workers.length, "worker"),
      `${duration(together)}, ${speed(bytes, together)} (counting ${
        duration(seconds.count)
      }, merging ${duration(seconds.merge)})`,
    ),
    entry(
      "one thread",
      `${duration(seconds.oneThread)}, ${speed(bytes, seconds.oneThread)}: ${
        significant(seconds.oneThread / together)
      } × the time`,
    ),
    ...seconds.oneThread > together || workers.length === 1 ? [] : [
      entry("", "too little text to gain by more threads: try a larger PATH"),
    ],
    ...oneThreadWords === words ? [] : [
      entry("", `it met ${count(oneThreadWords, "word")}: the files changed`),
    ],
  ];
}

function callLines({ call }: Figures): string[] {
  if (call === null) return [];
  const { oneInFlight: one, manyInFlight: many } = call;
  return [
    entry(
      "a call",
      `${significant(one.runtime)} µs, ${
        significant(one.runtime / one.postMessage)
      } of postMessage's ${significant(one.postMessage)} µs; 64 in flight: ${
        significant(many.postMessage / many.runtime)
      } × its rate`,
    ),
  ];
}

/** A name, and beside it what there is to say. */
function entry(name: string, text: string): string {
  return `${name.padEnd(NAMES - 1)} ${text}`;
}

function colour(code: number, text: string): string {
  return coloured ? `\x1b[${code}m${text}\x1b[0m` : text;
}
