/**
 * The figures of a census: what `--json` prints.
 *
 * @module
 */

import type { WorkerReport } from "../../mod.ts";
import type { CallCosts } from "./compare.ts";
import type { Skipped } from "./skipped.ts";

/** All that there is to say about a census. */
export interface Figures extends Result, Comparison {}

/** What a census found. */
export interface Result {
  /** What was asked for. */
  readonly paths: readonly string[];
  /** The machine, in numbers. */
  readonly machine: {
    readonly processors: number;
    readonly cores: number;
    readonly packages: number;
    readonly nodes: number;
    /** How many processors' worth of time there are; null: no limit known. */
    readonly quota: number | null;
    readonly source: string;
  };
  /** Whether the workers were threads. */
  readonly mode: "threads" | "inline";
  /** Where each worker ran, as the system says. */
  readonly workers: readonly Pick<
    WorkerReport,
    "index" | "processor" | "affinity" | "pinned" | "threadId"
  >[];
  /** Files counted. */
  readonly files: number;
  /** Bytes in them. */
  readonly bytes: number;
  /** Words in them. */
  readonly words: number;
  /** Different words that are listed. */
  readonly differentWords: number;
  /** Words that are counted but not listed: too long, or one too many. */
  readonly unlistedWords: number;
  /** The commonest words. */
  readonly commonest: readonly {
    readonly word: string;
    readonly count: number;
  }[];
  /** How long everything took. */
  readonly seconds: {
    /** Until all workers were ready. */
    readonly start: number;
    /** Until all files were counted. */
    readonly count: number;
    /** Until all lists were one. */
    readonly merge: number;
  };
  /** What was not counted, and why. */
  readonly skipped: readonly Skipped[];
}

/** What it is compared with. */
export interface Comparison {
  /** What a call costs, in microseconds; null where there are no threads. */
  readonly call: CallCosts | null;
  /** The same census on one thread. */
  readonly oneThread: {
    readonly seconds: number;
    /** The words counted: others, if the files changed meanwhile. */
    readonly words: number;
  };
}
