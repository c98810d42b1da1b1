import type { Bar } from "./bar.ts";
import type { Unit } from "./unit.ts";

/** A subject that was set up: its threads run, it is ready to be measured. */
export interface Running {
  /**
   * The timed part. Does about `iterations` operations (a subject may round up) and answers how many it did.
   * The harness chooses `iterations` so that each run of each subject takes the same time. Where it is not the time
   * of the whole run that counts, it may answer a reading instead: then it is asked once a round.
   */
  run(iterations: number): Promise<number | Reading>;
  /** Compares results with what they must be, and throws if they differ. Never timed; called before and after the rounds. */
  check?(): Promise<void>;
  /** Ends every thread of the subject. */
  close(): Promise<void> | void;
}

/** What a subject measured itself. */
export interface Reading {
  /** In the scenario's unit. */
  readonly value: number;
  /** What else it read in the same run, by its name and unit, such as `p99 ms`. */
  readonly besides?: Readonly<Record<string, number>>;
}

/** One competitor of a scenario: ours, a peer or the floor. */
export interface Subject {
  readonly name: string;
  setup(): Promise<Running>;
}

/** One question, put to several subjects in the same run. */
export interface Scenario {
  /** Without the area's name, parts divided by slashes: `one-worker/latency/number`. */
  readonly name: string;
  readonly unit: Unit;
  /** The name of the subject that the ratios are to. */
  readonly baseline: string;
  readonly subjects: readonly Subject[];
  /** The names of subjects of which the best one is a second baseline, such as all pools. */
  readonly rivals?: readonly string[];
  /** What is wanted of a subject beside another one. */
  readonly bars?: readonly Bar[];
  /** What a reader of the table must know besides, such as where the threads are. */
  readonly note?: string;
  /**
   * Called once all subjects are set up, undone before they are closed. Here the calling thread is pinned:
   * earlier, and every worker that a subject starts would inherit its mask.
   */
  arrange?(): Disposable;
}

/** A part of the library, or of the field, with its scenarios. */
export interface Area {
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  /** @param quick Whether there is a minute and not several: an area with many scenarios chooses some then. */
  scenarios(quick: boolean): Promise<readonly Scenario[]>;
}
