/**
 * Stats as OpenTelemetry metrics.
 *
 * | instrument                | kind            | unit        | attributes         |
 * | ------------------------- | --------------- | ----------- | ------------------ |
 * | `kindred.tasks`           | counter         | `{task}`    | worker, outcome    |
 * | `kindred.tasks.running`   | up-down counter | `{task}`    | worker             |
 * | `kindred.tasks.queued`    | up-down counter | `{task}`    | worker, if known   |
 * | `kindred.tasks.run_time`  | gauge           | `s`         | worker, quantile   |
 * | `kindred.calls`           | counter         | `{call}`    |                    |
 * | `kindred.calls.latency`   | gauge           | `s`         | quantile           |
 * | `kindred.mail.frames`     | counter         | `{frame}`   | worker, direction  |
 * | `kindred.mail.bytes`      | counter         | `By`        | worker, direction  |
 * | `kindred.wake_ups`        | counter         | `{wake_up}` | worker, by         |
 * | `kindred.batches`         | counter         | `{batch}`   | worker             |
 * | `kindred.batches.tasks`   | counter         | `{task}`    | worker             |
 * | `kindred.batches.size`    | gauge           | `{task}`    | worker, quantile   |
 * | `kindred.batches.wait`    | gauge           | `s`         | worker, quantile   |
 * | `kindred.batches.fill`    | gauge           | `1`         | worker             |
 *
 * What the starting thread does has no worker. Quantiles and the fill are those of the time since they were last asked for.
 *
 * @module
 */

import type { BatchStats } from "../stats/batch_stats.ts";
import type { Histogram } from "../stats/histogram.ts";
import type { Stats } from "../stats/stats.ts";
import type { ThreadStats } from "../stats/thread_stats.ts";
import {
  type Attributes,
  type BatchObservableResult,
  type Meter,
  type Observable,
  openTelemetry,
  SCOPE,
} from "./open_telemetry.ts";

const QUANTILES = [0.5, 0.9, 0.99];
const MS_PER_S = 1000;

/** The instruments of batches. */
interface BatchInstruments {
  readonly count: Observable;
  readonly tasks: Observable;
  readonly size: Observable;
  readonly wait: Observable;
  readonly fill: Observable;
}

/** Shows stats to what this program has registered, until it is disposed. */
export class StatsMetrics implements Disposable {
  readonly #meter: Meter;
  readonly #read: () => Stats;
  readonly #tasks: Observable;
  readonly #running: Observable;
  readonly #queued: Observable;
  readonly #runTime: Observable;
  readonly #calls: Observable;
  readonly #latency: Observable;
  readonly #frames: Observable;
  readonly #bytes: Observable;
  readonly #wakeUps: Observable;
  readonly #batches: BatchInstruments;
  #last: Stats | undefined;

  /** Use {@linkcode StatsMetrics.start}. */
  private constructor(meter: Meter, read: () => Stats) {
    this.#meter = meter;
    this.#read = read;
    const counter = (name: string, unit: string, description: string) =>
      meter.createObservableCounter(name, { unit, description });
    const level = (name: string, unit: string, description: string) =>
      meter.createObservableUpDownCounter(name, { unit, description });
    const gauge = (name: string, unit: string, description: string) =>
      meter.createObservableGauge(name, { unit, description });
    this.#tasks = counter(
      "kindred.tasks",
      "{task}",
      "Calls and tasks that ended",
    );
    this.#running = level(
      "kindred.tasks.running",
      "{task}",
      "Calls and tasks that run",
    );
    this.#queued = level(
      "kindred.tasks.queued",
      "{task}",
      "Calls and tasks that wait to start",
    );
    this.#runTime = gauge(
      "kindred.tasks.run_time",
      "s",
      "How long calls and tasks ran",
    );
    this.#calls = counter(
      "kindred.calls",
      "{call}",
      "Calls and tasks that were made",
    );
    this.#latency = gauge(
      "kindred.calls.latency",
      "s",
      "How long answers took",
    );
    this.#frames = counter(
      "kindred.mail.frames",
      "{frame}",
      "Frames between threads",
    );
    this.#bytes = counter(
      "kindred.mail.bytes",
      "By",
      "Content of frames between threads",
    );
    this.#wakeUps = counter(
      "kindred.wake_ups",
      "{wake_up}",
      "Times that threads were woken",
    );
    this.#batches = {
      count: counter("kindred.batches", "{batch}", "Batches that were bounded"),
      tasks: counter("kindred.batches.tasks", "{task}", "Tasks in batches"),
      size: gauge("kindred.batches.size", "{task}", "How large batches were"),
      wait: gauge(
        "kindred.batches.wait",
        "s",
        "How long batches waited to be bounded",
      ),
      fill: gauge("kindred.batches.fill", "1", "How full batches were"),
    };
    meter.addBatchObservableCallback(this.#observe, this.#instruments());
  }

  /** Starts, if this program has registered a place for metrics. */
  static start(read: () => Stats): StatsMetrics | undefined {
    const meter = openTelemetry()?.metrics?.getMeter(SCOPE);
    return meter && new StatsMetrics(meter, read);
  }

  /** Shows them no longer. */
  [Symbol.dispose](): void {
    this.#meter.removeBatchObservableCallback(
      this.#observe,
      this.#instruments(),
    );
  }

  #instruments(): Observable[] {
    return [
      this.#tasks,
      this.#running,
      this.#queued,
      this.#runTime,
      this.#calls,
      this.#latency,
      this.#frames,
      this.#bytes,
      this.#wakeUps,
      ...Object.values(this.#batches),
    ];
  }

  readonly #observe = (to: BatchObservableResult): void => {
    const stats = this.#read();
    const lately = this.#last === undefined ? stats : stats.since(this.#last);
    this.#last = stats;
    let queued = stats.total.run.queued;
    for (const [worker, thread] of stats.workers.entries()) {
      const attributes = { "kindred.worker": worker };
      this.#observeRuns(to, thread, attributes);
      this.#observeMail(to, thread, attributes);
      const { runTimes, batches } = lately.workers[worker]!;
      observeTimes(to, this.#runTime, runTimes, attributes);
      this.#observeBatches(to, thread.batches, batches, attributes);
      queued -= thread.run.queued;
    }
    to.observe(this.#queued, queued, {});
    this.#observeMail(to, stats.starter, {});
    this.#observeBatches(
      to,
      stats.starter.batches,
      lately.starter.batches,
      {},
    );
    to.observe(this.#calls, stats.total.calls.made, {});
    observeTimes(to, this.#latency, lately.total.latencies, {});
  };

  #observeRuns(
    to: BatchObservableResult,
    { run }: ThreadStats,
    attributes: Attributes,
  ): void {
    const ends = {
      done: run.done,
      failed: run.failed,
      cancelled: run.cancelled + run.skipped,
      lost: run.lost,
    };
    for (const [outcome, count] of Object.entries(ends)) {
      const which = { ...attributes, "kindred.outcome": outcome };
      to.observe(this.#tasks, count, which);
    }
    to.observe(this.#running, run.running, attributes);
    to.observe(this.#queued, run.queued, attributes);
  }

  #observeBatches(
    to: BatchObservableResult,
    { count, tasks }: BatchStats,
    { sizes, waits, fill }: BatchStats,
    attributes: Attributes,
  ): void {
    to.observe(this.#batches.count, count, attributes);
    to.observe(this.#batches.tasks, tasks, attributes);
    observeQuantiles(to, this.#batches.size, sizes, 1, attributes);
    observeTimes(to, this.#batches.wait, waits, attributes);
    if (sizes.count > 0) to.observe(this.#batches.fill, fill, attributes);
  }

  #observeMail(
    to: BatchObservableResult,
    { mail, waits }: ThreadStats,
    attributes: Attributes,
  ): void {
    const sent = { ...attributes, "kindred.direction": "out" };
    const read = { ...attributes, "kindred.direction": "in" };
    to.observe(this.#frames, mail.framesOut, sent);
    to.observe(this.#frames, mail.framesIn, read);
    to.observe(this.#bytes, mail.bytesOut, sent);
    to.observe(this.#bytes, mail.bytesIn, read);
    const byMessage = { ...attributes, "kindred.by": "message" };
    const byWord = { ...attributes, "kindred.by": "word" };
    to.observe(this.#wakeUps, waits.wokenByMessage, byMessage);
    to.observe(this.#wakeUps, waits.wokenByWord, byWord);
  }
}

function observeTimes(
  to: BatchObservableResult,
  instrument: Observable,
  times: Histogram,
  attributes: Attributes,
): void {
  observeQuantiles(to, instrument, times, MS_PER_S, attributes);
}

/** @param unit What is shown as 1. */
function observeQuantiles(
  to: BatchObservableResult,
  instrument: Observable,
  values: Histogram,
  unit: number,
  attributes: Attributes,
): void {
  if (values.count === 0) return;
  for (const quantile of QUANTILES) {
    const value = values.percentile(100 * quantile) / unit;
    to.observe(instrument, value, { ...attributes, quantile });
  }
}
