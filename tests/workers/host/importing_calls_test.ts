import { assertEquals, assertStrictEquals } from "@std/assert";
import type { Answers } from "../../../workers/host/answers.ts";
import { ImportingCalls } from "../../../workers/host/importing_calls.ts";
import { CALL, TASK } from "../../../workers/mailbox/frame_kind.ts";
import type { Mailbox } from "../../../workers/mailbox/mailbox.ts";
import type { Peer } from "../../../workers/mailbox/peer.ts";
import { frameOf } from "../../codec/support.ts";
import { Missing } from "../missing.ts";

/** A worker of which only what waits is there. Its calls are a number, a family, a method. */
class FakeWorker {
  readonly ran: number[] = [];
  readonly failed: [number, unknown][] = [];
  running = 0;
  readonly peers: Peer[] = [{ slot: 0 } as Peer, { slot: 1 } as Peer];
  readonly missing: Map<number, Missing> = new Map();
  readonly calls: ImportingCalls = new ImportingCalls({
    answers: {
      enter: () => this.running++,
      leave: () => this.running--,
      error: (_to: Peer, number: number, error: unknown) =>
        this.failed.push([number, error]),
    } as unknown as Answers,
    mailbox: {
      peer: (slot: number) => this.peers[slot],
      flush: () => {},
    } as unknown as Mailbox,
    outside: (run) => run(),
    run: (from, kind, frame) => this.run(from, kind, ...frame.words),
    receive: (from, kind, frame) => this.receive(from, kind, ...frame.words),
  });

  receive(from: Peer, kind: number, ...words: number[]): void {
    if (this.calls.comesAfter(from, kind, frameOf(...words))) return;
    this.run(from, kind, ...words);
  }

  run(from: Peer, kind: number, ...words: number[]): void {
    const lacks = this.missing.get(words[0]!);
    if (lacks === undefined) return void this.ran.push(words[0]!);
    this.calls.add(from, kind, frameOf(...words), lacks);
  }

  /** A call that cannot be read yet. */
  lack(number: number): Missing {
    const lacks = new Missing();
    this.missing.set(number, lacks);
    return lacks;
  }

  async settle(number: number, error?: unknown): Promise<void> {
    const { settled } = this.missing.get(number)!;
    this.missing.delete(number);
    if (error === undefined) settled.resolve();
    else settled.reject(error);
    await settled.promise.catch(() => {});
    await null;
  }
}

Deno.test("ImportingCalls keeps calls of one caller to one instance in order", async () => {
  const worker = new FakeWorker();
  const [a, b] = worker.peers as [Peer, Peer];
  worker.lack(1);
  worker.lack(3);
  worker.receive(a, CALL, 1, 5, 0);
  worker.receive(a, CALL, 2, 5, 0);
  worker.receive(a, CALL, 10, 6, 0); // another instance
  worker.receive(b, CALL, 11, 5, 0); // another caller
  worker.receive(a, TASK, 12, 5, 0); // no call
  worker.receive(a, CALL, 3, 5, 0);
  worker.receive(a, CALL, 4, 5, 0);
  assertEquals([worker.ran, worker.running], [[10, 11, 12], 1]);
  await worker.settle(1);
  assertEquals(worker.ran.slice(3), [1, 2]);
  await worker.settle(3);
  assertEquals(worker.ran.slice(5), [3, 4]);
  assertEquals([worker.running, worker.calls.isNeeded], [0, false]);
});

Deno.test("ImportingCalls lets a task wait by itself", async () => {
  const worker = new FakeWorker();
  const [a] = worker.peers as [Peer];
  worker.lack(1);
  worker.receive(a, TASK, 1, 5, 0);
  worker.receive(a, TASK, 2, 5, 0);
  worker.receive(a, CALL, 3, 5, 0);
  assertEquals([worker.ran, worker.running], [[2, 3], 1]);
  await worker.settle(1);
  assertEquals([worker.ran, worker.running], [[2, 3, 1], 0]);
});

Deno.test("ImportingCalls answers with the error of an import, and goes on", async () => {
  const worker = new FakeWorker();
  const [a] = worker.peers as [Peer];
  worker.lack(1);
  worker.receive(a, CALL, 1, 5, 0);
  worker.receive(a, CALL, 2, 5, 0);
  const error = new RangeError("no");
  await worker.settle(1, error);
  assertEquals([worker.ran, worker.failed.length], [[2], 1]);
  assertStrictEquals(worker.failed[0]![1], error);
  assertEquals(worker.running, 0);
});

Deno.test("ImportingCalls.refuse() answers all that wait, once", async () => {
  const worker = new FakeWorker();
  const [a] = worker.peers as [Peer];
  const lacks = [worker.lack(1), worker.lack(2)];
  worker.receive(a, CALL, 1, 5, 0);
  worker.receive(a, CALL, 3, 5, 0);
  worker.receive(a, TASK, 2, 5, 0);
  worker.calls.refuse();
  assertEquals(worker.failed.map(([number]) => number), [1, 2]);
  assertEquals(worker.failed.map(([, error]) => error), lacks);
  assertEquals([worker.ran, worker.running], [[3], 0]);
  await worker.settle(1);
  assertEquals([worker.ran, worker.failed.length], [[3], 2]);
});

Deno.test("ImportingCalls runs nothing of a thread that is lost", async () => {
  const worker = new FakeWorker();
  const [a] = worker.peers as [Peer];
  worker.lack(1);
  worker.receive(a, CALL, 1, 5, 0);
  worker.receive(a, CALL, 2, 5, 0);
  worker.peers[0] = { slot: 0 } as Peer;
  await worker.settle(1);
  assertEquals([worker.ran, worker.failed, worker.running], [[], [], 0]);
});
