/**
 * Stats as text: a table with a line for each thread.
 *
 * @module
 */

import type { Histogram } from "./histogram.ts";
import type { Stats } from "./stats.ts";
import type { ThreadStats } from "./thread_stats.ts";

const HEADER = [
  "",
  "done",
  "failed",
  "cancelled",
  "lost",
  "running",
  "queued",
  "taken",
  "run p50/p99/max",
  "made",
  "answer p50/p99/max",
  "batches",
  "tasks p50/p99/max",
  "frames in/out",
  "bytes in/out",
  "sleeps",
  "spins paid/in vain",
  "heap",
];

/** A table of what the threads of a runtime did. */
export function tableOf(stats: Stats): string {
  const rows = [
    HEADER,
    ...stats.workers.map((worker, k) => rowOf(`worker ${k}`, worker)),
    rowOf("starter", stats.starter),
    rowOf("in all", stats.total),
  ];
  const widths = HEADER.map((_, column) =>
    Math.max(...rows.map((row) => row[column]!.length))
  );
  const lines = rows.map((row) =>
    row.map((cell, column) =>
      column === 0
        ? cell.padEnd(widths[column]!)
        : cell.padStart(widths[column]!)
    ).join("  ").trimEnd()
  );
  return [`${durationOf(stats.elapsed)}:`, ...lines, ...stats.warnings].join(
    "\n",
  );
}

function rowOf(name: string, thread: ThreadStats): string[] {
  const { run, calls, mail, waits, heap, batches } = thread;
  return [
    name,
    String(run.done),
    String(run.failed),
    String(run.cancelled + run.skipped),
    String(run.lost),
    String(run.running),
    String(run.queued),
    String(run.taken),
    timesOf(thread.runTimes),
    String(calls.made),
    timesOf(thread.latencies),
    String(batches.count),
    sizesOf(batches.sizes),
    `${mail.framesIn}/${mail.framesOut}`,
    `${sizeOf(mail.bytesIn)}/${sizeOf(mail.bytesOut)}`,
    String(waits.sleeps),
    `${waits.spinsPaid}/${waits.spinsInVain}`,
    heap.used === undefined ? "-" : sizeOf(heap.used),
  ];
}

function timesOf(times: Histogram): string {
  return summaryOf(times, durationOf);
}

function sizesOf(sizes: Histogram): string {
  return summaryOf(sizes, String);
}

function summaryOf(
  values: Histogram,
  textOf: (value: number) => string,
): string {
  if (values.count === 0) return "-";
  return [values.percentile(50), values.percentile(99), values.max]
    .map(textOf).join("/");
}

/** A time in ms, as three digits and a unit. */
function durationOf(time: number): string {
  if (time < 1e-3) return `${digitsOf(time * 1e6)} ns`;
  if (time < 1) return `${digitsOf(time * 1e3)} us`;
  if (time < 1e3) return `${digitsOf(time)} ms`;
  return `${digitsOf(time / 1e3)} s`;
}

/** A number of bytes, as three digits and a unit. */
export function sizeOf(bytes: number): string {
  const power = Math.min(4, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${digitsOf(bytes / 1024 ** power)} ${
    ["B", "KiB", "MiB", "GiB", "TiB"][power]
  }`;
}

function digitsOf(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
