/**
 * Reports: what a runtime has, what it lacks, and what would give it.
 *
 * @module
 */

import type { MissingPart } from "../../ffi/platform.ts";
import type { WorkerReport } from "../crew/crew.ts";

/** How the instances of a runtime run. */
export type RuntimeMode = "threads" | "inline";

/** What {@linkcode RuntimeReport} is made from. */
export interface RuntimeReportParts {
  /** How the instances run. */
  readonly mode: RuntimeMode;
  /** What each worker does. */
  readonly workers: readonly WorkerReport[];
  /** What is missing, why, and which flag would give it. */
  readonly missing: readonly MissingPart[];
  /** Where the topology was read from. */
  readonly source: string;
  /** What else is worth knowing, in sentences. */
  readonly notes: readonly string[];
}

/**
 * The state of a runtime at one moment; `String(report)` puts it in words.
 *
 * @example Usage
 * ```ts
 * import { Runtime } from "@kindred/kindred";
 * import { assert, assertEquals } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const report = runtime.report();
 * assertEquals(report.workers.length, 1);
 * assert(String(report).includes(report.mode === "threads" ? "worker" : "inline"));
 * ```
 */
export class RuntimeReport {
  /** Whether the workers are threads, or turns of the calling thread. */
  readonly mode: RuntimeMode;
  /** What each worker does, in order. */
  readonly workers: readonly WorkerReport[];
  /** What is missing, why, and which flag would give it. */
  readonly missing: readonly MissingPart[];
  /** Where the topology was read from. */
  readonly source: string;
  /** What else is worth knowing, in sentences. */
  readonly notes: readonly string[];

  /** Made by `Runtime.report()`. */
  constructor(parts: RuntimeReportParts) {
    this.mode = parts.mode;
    this.workers = parts.workers;
    this.missing = parts.missing;
    this.source = parts.source;
    this.notes = parts.notes;
  }

  /** The report in words, a line for each fact. */
  toString(): string {
    const count = this.workers.length;
    const kind = this.mode === "threads"
      ? `${count} worker thread${count === 1 ? "" : "s"}`
      : `${count} inline instance${
        count === 1 ? "" : "s"
      } on the calling thread`;
    return [
      `${kind}; topology from ${this.source}`,
      ...(this.mode === "threads" ? this.workers.map(describeWorker) : []),
      ...this.missing.map(describeMissing),
      ...this.notes,
    ].join("\n");
  }
}

function describeWorker(worker: WorkerReport): string {
  const { index, state, processor, pinned, threadId, affinity } = worker;
  const where = pinned
    ? `pinned to processor ${processor}`
    : worker.pinningFailure !== undefined
    ? `not pinned to processor ${processor}: ${worker.pinningFailure}`
    : affinity !== undefined
    ? `not pinned, on processors ${affinity.join(",")}`
    : "not pinned";
  const memory = worker.placementFailure === undefined
    ? ""
    : `, memory ${worker.placementFailure}`;
  const thread = threadId === undefined ? "" : `, thread ${threadId}`;
  const past = worker.replaced === 0
    ? ""
    : `, replaced ${worker.replaced} times, last as ${worker.lastLoss}`;
  const failure = worker.failure === undefined ? "" : `: ${worker.failure}`;
  return `worker ${index}: ${state}${failure}, ${where}${memory}${thread}${past}`;
}

function describeMissing({ what, why, grant }: MissingPart): string {
  const remedy = grant === undefined ? "" : `; ${grant} would give it`;
  return `no ${what}: ${why}${remedy}`;
}
