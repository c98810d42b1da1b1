import { assert, assertEquals } from "@std/assert";
import type { Stats } from "../../../workers/stats/stats.ts";
import {
  type RuntimeNow,
  StatsLedger,
} from "../../../workers/stats/stats_ledger.ts";
import {
  blockWords,
  PAIR_WORDS,
  PAIRS,
  RECEIVED,
  SENT,
} from "../../../workers/stats/stats_block.ts";
import { StatsTable } from "../../../workers/stats/stats_table.ts";
import type { Recorder } from "../../../workers/stats/recorder.ts";

const SLOTS = 4;

/** The books of a runtime with one worker, without the runtime. */
class Books {
  readonly table = StatsTable.allocate(SLOTS);
  readonly ledger = new StatsLedger(this.table);
  readonly generations = new Array<number>(SLOTS).fill(0);
  readonly starter = this.occupy(0);
  slot: number | undefined;
  held = 0;
  injected = 0;

  occupy(slot: number, worker?: number): Recorder {
    this.ledger.occupied(slot, worker);
    this.generations[slot]!++;
    return this.table.recorder(slot);
  }

  hire(slot: number): Recorder {
    this.slot = slot;
    const recorder = this.occupy(slot, 0);
    this.meet(this.starter, slot);
    this.meet(recorder, 0);
    return recorder;
  }

  meet(recorder: Recorder, slot: number): void {
    recorder.opened(slot, this.generations[slot]!);
  }

  read(): Stats {
    const now: RuntimeNow = {
      starter: 0,
      workers: [{ slot: this.slot, held: this.held }],
      injected: this.injected,
      generationOf: (slot) => this.generations[slot]!,
    };
    return this.ledger.stats(now);
  }
}

function call(from: Recorder, slot: number): number {
  const start = from.called();
  from.sent(slot);
  return start;
}

function run(worker: Recorder, end: "done" | "failed" | "cancelled"): void {
  worker.received(0);
  worker[end](worker.started());
}

Deno.test("Recorder counts each kind of event as such", () => {
  const books = new Books();
  const worker = books.hire(1);
  const { starter } = books;
  for (let k = 0; k < 9; k++) starter.settled(call(starter, 1));
  for (let k = 0; k < 3; k++) run(worker, "done");
  for (let k = 0; k < 2; k++) run(worker, "failed");
  run(worker, "cancelled");
  worker.received(0);
  worker.skipped();
  worker.received(0);
  worker.started();
  for (let k = 0; k < 5; k++) worker.taken();
  starter.frameOut(24);
  starter.frameOut(1000);
  worker.frameIn(2 ** 31 - 1);
  worker.frameIn(2 ** 31 - 1);
  worker.frameIn(10);
  for (let k = 0; k < 6; k++) worker.sleeps();
  for (let k = 0; k < 4; k++) worker.wokenByMessage();
  worker.wokenByWord();
  for (let k = 0; k < 7; k++) worker.spinPaid();
  worker.spinInVain();

  const stats = books.read();
  const [thread] = stats.workers;
  assertEquals(thread!.run, {
    started: 7,
    done: 3,
    failed: 2,
    cancelled: 1,
    skipped: 1,
    lost: 0,
    taken: 5,
    running: 1,
    queued: 1,
  });
  assertEquals(stats.starter.calls, { made: 9, settled: 9 });
  assertEquals(stats.starter.mail, {
    framesOut: 2,
    bytesOut: 1024,
    framesIn: 0,
    bytesIn: 0,
  });
  assertEquals(thread!.mail.bytesIn, 2 ** 32 + 8);
  assertEquals(thread!.waits, {
    sleeps: 6,
    wokenByMessage: 4,
    wokenByWord: 1,
    spinsPaid: 7,
    spinsInVain: 1,
  });
  assertEquals(stats.total.run, thread!.run);
  assertEquals(stats.total.mail.framesOut, 2);
});

Deno.test("Recorder times stand for all calls that ended before them", () => {
  const books = new Books();
  const worker = books.hire(1);
  for (let k = 0; k < 10_000; k++) worker.done(worker.started());
  worker.sleeps();
  worker.done(worker.started()); // this one is timed
  const { run, runTimes } = books.read().workers[0]!;
  assertEquals(run.done, 10_001);
  assertEquals(runTimes.count, 10_001);
  assert(runTimes.mean <= runTimes.max);
  assert(runTimes.percentile(50) <= runTimes.max);
});

Deno.test("Recorder.bounded() counts batches, and a wait stands for those before it", () => {
  const books = new Books();
  const worker = books.hire(1);
  worker.bounded(3, 1024, undefined);
  worker.bounded(1024, 1024, 5e6);
  worker.bounded(1, 1024, undefined);
  const { batches } = books.read().workers[0]!;
  assertEquals([batches.count, batches.tasks], [3, 1028]);
  assertEquals(batches.fill, 1028 / 3072);
  assertEquals([batches.sizes.percentile(50), batches.sizes.max], [3, 1024]);
  const { count, mean, max } = batches.waits;
  assertEquals([count, mean, max], [2, 5, 5]);
  worker.bounded(1, 1024, 1e6);
  const { waits } = books.read().total.batches;
  assertEquals([waits.count, waits.mean, waits.max], [4, 3, 5]);
});

Deno.test("StatsLedger.stats() goes on counting when a worker is replaced", () => {
  const books = new Books();
  const first = books.hire(1);
  call(books.starter, 1);
  call(books.starter, 1);
  call(books.starter, 1);
  run(first, "done");
  first.received(0);
  first.started();
  // Its thread is lost: one call runs, one waits. Nobody has its place yet.
  books.slot = undefined;
  books.held = 2;
  let { run: now } = books.read().workers[0]!;
  assertEquals(
    [now.done, now.running, now.lost, now.queued],
    [1, 0, 1, 2],
  );

  books.held = 0;
  const second = books.hire(2);
  run(second, "done");
  // The former thread was only thought to be lost, and goes on for a while.
  first.done(0);
  ({ run: now } = books.read().workers[0]!);
  assertEquals([now.done, now.lost, now.running], [3, 0, 0]);
});

Deno.test("StatsLedger.occupied() keeps what a slot has counted before", () => {
  const books = new Books();
  let worker = books.hire(1);
  for (let k = 1; k <= 5; k++) {
    call(books.starter, 1);
    run(worker, "failed");
    worker.received(0);
    worker.started(); // and is lost with its thread
    worker = books.hire(1);
    const { run: now, runTimes } = books.read().workers[0]!;
    assertEquals([now.failed, now.lost, now.running], [k, k, 0]);
    assert(runTimes.count <= k);
    assertEquals(books.read().total.run, now);
  }
});

Deno.test("StatsLedger.occupied() keeps the workers of a slot apart", () => {
  const table = StatsTable.allocate(SLOTS);
  const ledger = new StatsLedger(table);
  const read = (slots: (number | undefined)[]) =>
    ledger.stats({
      starter: 0,
      workers: slots.map((slot) => ({ slot, held: 0 })),
      injected: 0,
      generationOf: () => 1,
    }).workers.map(({ run }) => run.done);
  ledger.occupied(0);
  ledger.occupied(1, 0);
  const first = table.recorder(1);
  first.done(first.started());
  ledger.occupied(2, 1);
  const second = table.recorder(2);
  second.done(second.started());
  second.done(second.started());
  assertEquals(read([1, 2]), [1, 2]);
  // Worker 1 moves to the slot that worker 0 had.
  ledger.occupied(1, 1);
  const third = table.recorder(1);
  for (let k = 0; k < 4; k++) third.done(third.started());
  assertEquals(read([undefined, 1]), [1, 6]);
});

Deno.test("StatsTable.queued() counts what was sent and not read, past 2^32", () => {
  const books = new Books();
  const worker = books.hire(1);
  for (let k = 0; k < 3; k++) books.starter.sent(1);
  assertEquals(books.read().workers[0]!.run.queued, 3);
  worker.received(0);
  assertEquals(books.read().workers[0]!.run.queued, 2);
  books.injected = 4;
  assertEquals(books.read().workers[0]!.run.queued, 2);
  assertEquals(books.read().total.run.queued, 6);
  // Both counts near their end, and wrap.
  const words = new Int32Array(books.table.handle.buffer);
  words[PAIRS + PAIR_WORDS * 1 + SENT + 1] = -1;
  words[blockWords(SLOTS) + PAIRS + PAIR_WORDS * 0 + RECEIVED + 1] = -3;
  assertEquals(books.read().workers[0]!.run.queued, 2);
  books.starter.sent(1);
  books.starter.sent(1);
  assertEquals(books.read().workers[0]!.run.queued, 4);
  for (let k = 0; k < 4; k++) worker.received(0);
  assertEquals(books.read().workers[0]!.run.queued, 0);
});

Deno.test("StatsTable.queued() leaves out what was meant for a former thread", () => {
  const books = new Books();
  books.hire(1);
  for (let k = 0; k < 3; k++) books.starter.sent(1);
  // The slot has another thread, which the starting thread has not met yet.
  books.slot = 1;
  const next = books.occupy(1, 0);
  books.meet(next, 0);
  assertEquals(books.read().workers[0]!.run.queued, 0);
  books.meet(books.starter, 1);
  books.starter.sent(1);
  assertEquals(books.read().workers[0]!.run.queued, 1);
});

Deno.test(
  "StatsTable is read while other threads count",
  { timeout: 60_000 },
  async () => {
    const table = StatsTable.allocate(3);
    const ledger = new StatsLedger(table);
    ledger.occupied(0);
    const url = new URL("fixtures/recording_worker.ts", import.meta.url);
    const calls = 300_000;
    const workers = [1, 2].map((slot) => {
      ledger.occupied(slot, slot - 1);
      const worker = new Worker(url, { type: "module" });
      worker.postMessage({ table: table.handle, slot, calls });
      return worker;
    });
    const ended = Promise.all(
      workers.map((worker) =>
        new Promise((resolve, reject) => {
          worker.onmessage = resolve;
          worker.onerror = (event) => {
            event.preventDefault();
            reject(new Error(event.message));
          };
        })
      ),
    );
    const read = () =>
      ledger.stats({
        starter: 0,
        workers: [{ slot: 1, held: 0 }, { slot: 2, held: 0 }],
        injected: 0,
        generationOf: () => 1,
      });
    let running = true;
    ended.finally(() => running = false);
    let last = read();
    while (running) {
      const next = read();
      for (const [k, thread] of next.workers.entries()) {
        const before = last.workers[k]!;
        for (const name of ["started", "done", "failed", "taken"] as const) {
          assert(thread.run[name] >= before.run[name]);
        }
        assert(thread.runTimes.count >= before.runTimes.count);
        assert(thread.mail.bytesIn >= before.mail.bytesIn);
      }
      last = next;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await ended;
    for (const worker of workers) worker.terminate();
    const { total } = read();
    assertEquals(total.run.started, 2 * calls);
    assertEquals(total.run.done + total.run.failed, 2 * calls);
    assertEquals(total.run.taken, 2 * calls);
    assertEquals(total.mail.framesIn, 2 * calls);
    assertEquals(total.mail.bytesIn, 24 * 2 * calls);
  },
);
