import { assertEquals } from "@std/assert";
import { AllLoads } from "../../../workers/desk/all_loads.ts";
import type { Directory } from "../../../workers/desk/directory.ts";
import { WorkerTurns } from "../../../workers/desk/worker_turns.ts";
import type { Fabric } from "../../../workers/fabric/fabric.ts";
import {
  blockWords,
  DONE,
  FAILED,
  STARTED,
} from "../../../workers/stats/stats_block.ts";
import { StatsTable } from "../../../workers/stats/stats_table.ts";

/** Worker k has slot k + 1, unless it has none. */
class FakeDirectory implements Directory {
  size = 3;
  readonly most = 8;
  readonly away: Set<number> = new Set();
  readonly failed: Set<number> = new Set();
  slotOf(worker: number): number {
    return this.openSlotOf(worker);
  }
  openSlotOf(worker: number): number {
    return this.away.has(worker) || this.failed.has(worker) ? -1 : worker + 1;
  }
  threadOf(): number {
    return 0;
  }
  hasFailed(worker: number): boolean {
    return this.failed.has(worker);
  }
  failureOf(): undefined {}
  workerOf(): number {
    return -1;
  }
  workerIn(slot: number): number {
    return slot - 1;
  }
}

function loads() {
  const stats = StatsTable.allocate(6);
  const directory = new FakeDirectory();
  const fabric = { generation: () => 1 } as unknown as Fabric;
  const recorders = [0, 1, 2, 3, 4].map((slot) => stats.recorder(slot));
  for (const recorder of recorders) {
    for (let slot = 0; slot < 5; slot++) recorder.opened(slot, 1);
  }
  const all = new AllLoads({ fabric, directory, stats });
  return { all, directory, recorders, stats };
}

Deno.test("AllLoads.pick() goes round among workers that have as much to do", () => {
  const { all } = loads();
  assertEquals([0, 1, 2, 3, 4, 5].map(() => all.pick()), [0, 1, 2, 0, 1, 2]);
});

Deno.test("AllLoads.pick() counts what runs, until it has ended in whichever way", () => {
  const { all, recorders, stats } = loads();
  const of = (slot: number) => stats.loadOf(slot, () => 1);
  const ticket = recorders[1]!.started();
  recorders[1]!.started();
  recorders[3]!.started();
  assertEquals([of(1), of(2), of(3)], [2, 0, 1]);
  assertEquals([all.pick(), all.pick()], [1, 1]);
  recorders[2]!.started();
  recorders[2]!.started();
  assertEquals(all.pick(), 2);
  recorders[1]!.done(ticket);
  recorders[1]!.failed(0);
  assertEquals(all.pick(), 0);
  recorders[2]!.cancelled(0);
  assertEquals(of(2), 1);
});

Deno.test("AllLoads.pick() counts what was sent by any thread and not yet read", () => {
  const { all, recorders, stats } = loads();
  recorders[0]!.sent(1);
  recorders[3]!.sent(1); // worker 2 to worker 0
  recorders[0]!.sent(2);
  assertEquals(stats.loadOf(1, () => 1), 2);
  assertEquals(all.pick(), 2);
  recorders[3]!.started();
  recorders[3]!.started();
  assertEquals(all.pick(), 1);
  recorders[1]!.received(0);
  recorders[1]!.received(3);
  assertEquals(stats.loadOf(1, () => 1), 0);
  assertEquals(all.pick(), 0);
});

Deno.test("StatsTable.loadOf() is never less than nothing: ends may be ahead", () => {
  const { recorders, stats } = loads();
  recorders[1]!.started();
  for (let k = 0; k < 3; k++) recorders[1]!.done(0);
  assertEquals(stats.loadOf(1, () => 1), 0);
});

Deno.test("StatsTable.loadOf() counts beyond the end of a word", () => {
  const { recorders, stats } = loads();
  const { buffer } = stats.handle;
  for (const before of [2 ** 31 - 2, 2 ** 32 - 2]) {
    const block = new Int32Array(buffer, 4 * blockWords(6), STARTED + 4);
    block[STARTED] = before;
    block[DONE] = before - 1000;
    block[FAILED] = 1000;
    for (let k = 0; k < 5; k++) recorders[1]!.started();
    recorders[1]!.done(0);
    assertEquals(stats.loadOf(1, () => 1), 4);
  }
});

Deno.test("AllLoads.pick() takes a worker without a thread only if there is no other", () => {
  const { all, directory, recorders } = loads();
  directory.away.add(0);
  directory.failed.add(1);
  for (let k = 0; k < 100; k++) recorders[3]!.started();
  assertEquals([all.pick(), all.pick()], [2, 2]);
  directory.failed.add(2);
  assertEquals([all.pick(), all.pick()], [0, 0]);
  directory.failed.add(0);
  assertEquals(all.pick() < 3, true); // its call is rejected
});

Deno.test("WorkerTurns.next() leaves out those that failed for good", () => {
  const directory = new FakeDirectory();
  const turns = new WorkerTurns();
  directory.away.add(1); // it comes back: its calls wait
  assertEquals([0, 1, 2, 3].map(() => turns.next(directory)), [0, 1, 2, 0]);
  directory.failed.add(1);
  assertEquals([0, 1, 2].map(() => turns.next(directory)), [2, 0, 2]);
  directory.size = 1;
  assertEquals(turns.next(directory), 0);
  directory.failed.add(0);
  assertEquals(turns.next(directory), 0);
});
