/**
 * What counting costs: the counts of one call on either side, with the times that
 * are taken of some, and those of a batch, beside the clock itself and an atomic
 * store; and a look at the heap.
 *
 * @module
 */

import { BatchMeter } from "../batching/batch_meter.ts";
import type { Recorder } from "../workers/stats/recorder.ts";
import { CallMarks } from "../workers/stats/call_marks.ts";
import { HeapGauge } from "../workers/stats/heap_gauge.ts";
import { StatsLedger } from "../workers/stats/stats_ledger.ts";
import { StatsTable } from "../workers/stats/stats_table.ts";

/** So many at once, as one is too short to be measured. */
const TIMES = 1000;

const table = StatsTable.allocate(10);
const ledger = new StatsLedger(table);
ledger.occupied(0);
ledger.occupied(1, 0);
const caller: Recorder = table.recorder(0);
const worker: Recorder = table.recorder(1);
const words = new Int32Array(new SharedArrayBuffer(4));

Deno.bench("1000 calls: all counts of the caller", { group: "calls" }, () => {
  for (let k = 0; k < TIMES; k++) {
    const start = caller.called();
    caller.sent(1);
    caller.frameOut(24);
    caller.frameIn(16);
    caller.settled(start);
  }
});

Deno.bench("1000 calls: all counts of the worker", { group: "calls" }, () => {
  for (let k = 0; k < TIMES; k++) {
    worker.frameIn(24);
    worker.received(0);
    worker.done(worker.started());
    worker.frameOut(16);
  }
});

const meter = new BatchMeter(1024);

Deno.bench("1000 batches: all counts of a queue", { group: "calls" }, () => {
  for (let k = 0; k < TIMES; k++) meter.bounded(meter.opened(), 16);
});

Deno.bench("1000 times: one count", { group: "calls" }, () => {
  for (let k = 0; k < TIMES; k++) worker.taken();
});

Deno.bench("1000 times: Atomics.store()", { group: "calls" }, () => {
  for (let k = 0; k < TIMES; k++) Atomics.store(words, 0, k);
});

Deno.bench("1000 times: performance.now()", { group: "calls" }, () => {
  for (let k = 0; k < TIMES; k++) performance.now();
});

const marks = new CallMarks(() => {});

Deno.bench("1000 times: a mark", { group: "calls" }, (bench) => {
  bench.start();
  for (let k = 0; k < TIMES; k++) {
    marks.add("bench", k, { worker: 0, ok: true });
  }
  bench.end();
  performance.clearMeasures();
});

// Each has not looked yet: it asks the engine.
const options = { words, at: 0, maxHeap: Infinity, onFull: () => {} };

Deno.bench("1000 times: HeapGauge.look() at the heap", () => {
  for (let k = 0; k < TIMES; k++) new HeapGauge(options).look();
});

Deno.bench("StatsLedger.stats() of two threads", () => {
  ledger.stats({
    starter: 0,
    workers: [{ slot: 1, held: 0 }],
    injected: 0,
    generationOf: () => 1,
  });
});
