/**
 * What threads that push and the worker of a lane tell each other, with messages that
 * come late, and workers that are lost at any moment. All of it on one thread: the
 * test says when a message arrives.
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Assignment, OpenBatch } from "../../batching/mod.ts";
import { Pushing } from "../../batching/shared/pushing.ts";
import { QueueHost } from "../../batching/shared/queue_host.ts";
import { QueueMemory } from "../../batching/shared/queue_memory.ts";
import type { QueuePlan } from "../../batching/shared/queue_plan.ts";
import { SharedTaskQueue } from "../../batching/shared/shared_task_queue.ts";
import { BatchRing } from "../../sync/batch/batch_ring.ts";
import {
  becomeThread,
  currentThread,
  ThreadRegistry,
} from "../../sync/thread/thread.ts";
import { BatchIncompleteError, WorkerLostError } from "../../mod.ts";
import { turn } from "./echo.ts";

type Batch = OpenBatch<Assignment<number, number>>;

/** A call that is on its way, or whose answer is. */
interface Message {
  /** Runs it on the worker. */
  readonly run: () => unknown;
  readonly settle: PromiseWithResolvers<unknown>;
  /** What it came to, once it is run and settled. */
  outcome: { readonly value?: unknown; readonly error?: unknown } | undefined;
  state: "sent" | "running" | "answered";
}

/** A batch whose processor runs on the worker that lives. */
interface Running {
  readonly batch: Batch;
  readonly end: PromiseWithResolvers<void>;
  assignment: Assignment<number, number> | undefined;
}

/** A task that was pushed. */
interface Outcome {
  readonly task: number;
  readonly promise: Promise<number>;
  /** Whether it fails with others that were pushed together with it. */
  readonly isMany: boolean;
}

const CAPACITY = 64;

/** Some threads that push, and a worker. */
class World {
  readonly threads = new ThreadRegistry(64);
  readonly queues: SharedTaskQueue<number, number>[] = [];
  /** For each task how many workers were lost before those that processed it. */
  readonly processed = new Map<number, number[]>();
  readonly outcomes: Outcome[] = [];
  messages: Message[] = [];
  running: Running[] = [];
  losses = 0;
  next = 1;
  #host!: QueueHost;
  #worker!: SharedTaskQueue<number, number>;
  readonly #ring = new BatchRing("f64", CAPACITY);
  readonly #memory = QueueMemory.allocate(1);
  readonly #options: { maxBatch: number; concurrency: number };

  constructor(
    pushers: number,
    ticket: number,
    options: { maxBatch: number; concurrency: number },
  ) {
    this.#options = options;
    for (let k = 0; k < pushers; k++) this.queues.push(this.#enter(ticket));
    this.#begin();
  }

  /** A thread that has the queue. */
  #enter(ticket: number): SharedTaskQueue<number, number> {
    becomeThread({ threads: this.threads, id: this.threads.claim() });
    return new SharedTaskQueue(new Pushing<never>(this.#plan(), ticket));
  }

  #begin(): void {
    this.#worker = this.#enter(0);
    this.#host = new QueueHost({ index: 0 } as never);
    if (this.losses === 0) this.#host.open(this.#worker, 0);
  }

  #plan(): QueuePlan {
    const stub = (name: "open" | "ask" | "kept" | "room") =>
    (
      ...args: unknown[]
    ) => this.#send(name, args);
    const remote = {
      open: stub("open"),
      ask: stub("ask"),
      kept: stub("kept"),
      room: stub("room"),
    };
    return {
      id: 1,
      kind: "values",
      lanes: [{ worker: 0, ring: BatchRing.from(this.#ring.handle) }],
      form: "f64",
      memory: this.#memory.handle,
      processor: (batch: Batch) => this.#process(batch),
      overflow: "wait",
      family: { on: () => remote, size: 1 } as never,
      ...this.#options,
    };
  }

  #send(name: "open" | "ask" | "kept" | "room", args: unknown[]) {
    const settle = Promise.withResolvers<unknown>();
    const run = () => {
      const given = name === "open" ? [this.#worker, 0] : args;
      return (this.#host[name] as (...args: unknown[]) => unknown)(...given);
    };
    this.messages.push({ run, settle, outcome: undefined, state: "sent" });
    return settle.promise;
  }

  #process(batch: Batch): Promise<void> {
    const end = Promise.withResolvers<void>();
    this.running.push({ batch, end, assignment: undefined });
    assert(this.running.length <= this.#options.concurrency);
    return end.promise;
  }

  push(queue: number, count: number, isMany: boolean): void {
    const tasks = Array.from({ length: count }, () => this.next++);
    const from = this.queues[queue % this.queues.length]!;
    const values = isMany ? from.pushMany(tasks) : undefined;
    for (const [k, task] of tasks.entries()) {
      const promise = values?.then((all) => all[k]!) ?? from.push(task);
      promise.catch(() => {}); // looked at in the end
      this.outcomes.push({ task, promise, isMany });
    }
  }

  /** A message comes to the worker, or an answer back. */
  async deliver(at: number): Promise<void> {
    const open = this.messages.filter(({ state }) => state !== "running");
    const message = open[at % open.length];
    if (message === undefined) return;
    if (message.state === "sent") {
      message.state = "running";
      let result: unknown;
      try {
        result = message.run();
      } catch (error) {
        result = Promise.reject(error);
      }
      Promise.resolve(result).then(
        (value) => message.outcome = { value },
        (error) => message.outcome = { error },
      ).then(() => message.state = "answered");
    } else {
      this.messages.splice(this.messages.indexOf(message), 1);
      const { settle, outcome } = message;
      if ("error" in outcome!) settle.reject(outcome.error);
      else settle.resolve(outcome!.value);
    }
    await turn();
  }

  bound(at: number): void {
    const one = this.running[at % this.running.length];
    if (one === undefined || one.assignment !== undefined) return;
    one.assignment = one.batch.bound();
    assert(one.assignment.size <= this.#options.maxBatch);
    for (const task of one.assignment) {
      const former = this.processed.get(task) ?? [];
      this.processed.set(task, [...former, this.losses]);
    }
  }

  answer(at: number, isWhole: boolean): void {
    const one = this.running[at % this.running.length];
    if (one === undefined) return;
    this.bound(at);
    const assignment = one.assignment!;
    if (assignment.isCompleted) return;
    if (isWhole) assignment.map((n) => 2 * n);
    else {
      const k = at % assignment.size;
      assignment.resolveOne(k, 2 * assignment.at(k)!);
    }
  }

  async finish(at: number): Promise<void> {
    const [one] = this.running.splice(at % this.running.length, 1);
    if (one === undefined) return;
    one.end.resolve();
    await turn();
  }

  /**
   * The worker is lost, and another one has its place.
   *
   * @param areKept Whether calls that did not come to the former one go to the next.
   */
  async lose(areKept: boolean): Promise<void> {
    this.threads.markLost(currentThread().id);
    this.losses++;
    this.running = [];
    this.#begin();
    for (const message of this.messages.splice(0)) {
      if (areKept && message.state === "sent") this.messages.push(message);
      else {
        message.settle.reject(
          new WorkerLostError(0, "it is a test", { started: false }),
        );
      }
    }
    await turn();
  }

  /** Goes on until nothing is left to do. */
  async end(): Promise<void> {
    while (
      this.messages.some(({ state }) => state !== "running") ||
      this.running.length > 0
    ) {
      while (this.running.length > 0) {
        this.answer(0, true);
        await this.finish(0);
      }
      await this.deliver(0);
      await turn();
    }
  }
}

type Step =
  | { kind: "push"; queue: number; count: number; isMany: boolean }
  | { kind: "deliver"; at: number }
  | { kind: "bound"; at: number }
  | { kind: "answer"; at: number; isWhole: boolean }
  | { kind: "finish"; at: number }
  | { kind: "lose"; areKept: boolean }
  | { kind: "turn" };

const at = fc.nat(1000);
const steps = (withLoss: boolean): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof<fc.WeightedArbitrary<Step>[]>(
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant("push"),
          queue: at,
          count: fc.integer({ min: 1, max: 70 }),
          isMany: fc.boolean(),
        }),
      },
      { weight: 8, arbitrary: fc.record({ kind: fc.constant("deliver"), at }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("bound"), at }) },
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant("answer"),
          at,
          isWhole: fc.boolean(),
        }),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant("finish"), at }) },
      { weight: 2, arbitrary: fc.constant({ kind: "turn" as const }) },
      {
        weight: withLoss ? 1 : 0,
        arbitrary: fc.record({
          kind: fc.constant("lose"),
          areKept: fc.boolean(),
        }),
      },
    ),
    { maxLength: 60 },
  );

async function play(world: World, all: readonly Step[]): Promise<void> {
  for (const step of all) {
    switch (step.kind) {
      case "push":
        world.push(step.queue, step.count, step.isMany);
        break;
      case "deliver":
        await world.deliver(step.at);
        break;
      case "bound":
        world.bound(step.at);
        break;
      case "answer":
        world.answer(step.at, step.isWhole);
        break;
      case "finish":
        await world.finish(step.at);
        break;
      case "lose":
        await turn();
        await world.lose(step.areKept);
        break;
      case "turn":
        await turn();
    }
  }
  await turn();
  await world.end();
}

const options = fc.record({
  maxBatch: fc.constantFrom(1, 3, 16, Infinity),
  concurrency: fc.constantFrom(1, 2, Infinity),
  ticket: fc.constantFrom(0, 2 ** 31 - 5, -7),
});

/** Keeps who this thread is. */
async function asOthers(run: () => Promise<void>): Promise<void> {
  const me = currentThread();
  try {
    await run();
  } finally {
    becomeThread(me);
  }
}

Deno.test(
  "SharedTaskQueue: what a successor answered before a thread has asked is not lost",
  {
    timeout: 30_000,
  },
  () =>
    asOthers(async () => {
      const options = { maxBatch: Infinity, concurrency: Infinity };
      const world = new World(2, 0, options);
      world.push(0, 1, false);
      world.push(1, 1, false);
      await turn();
      await world.lose(false);
      // Both find the successor: each call comes there, and its answer back.
      for (const at of [0, 0, 0, 0]) await world.deliver(at);
      // The second one goes on, and its batch holds the task of the first one.
      for (const at of [1, 1, 1]) await world.deliver(at);
      assertEquals(world.running.length, 1);
      world.answer(0, true);
      await world.finish(0);
      assertEquals(world.queues[0]!.size, 0);
      await world.end();
      const values = world.outcomes.map(({ promise }) => promise);
      assertEquals(await Promise.all(values), [2, 4]);
    }),
);

for (const withLoss of [false, true]) {
  Deno.test(
    withLoss
      ? "SharedTaskQueue: with workers lost at any moment every push ends, and no task is processed twice"
      : "SharedTaskQueue gives every task its value, as a plain model does, in whatever order messages come",
    { timeout: 120_000 },
    () =>
      asOthers(() =>
        fc.assert(
          fc.asyncProperty(
            steps(withLoss),
            options,
            async (steps, { ticket, ...options }) => {
              const world = new World(3, ticket, options);
              await play(world, steps);
              for (const { task, promise, isMany } of world.outcomes) {
                const outcome = await Promise.race([
                  promise.catch((error) => error),
                  turn().then(() => turn()).then(() => "pending"),
                ]);
                const workers = world.processed.get(task) ?? [];
                assert(workers.length <= 1, `${task} by ${workers}`);
                if (outcome instanceof WorkerLostError) {
                  // The last worker was not lost, and answers what it has.
                  assert(outcome.started);
                  assert(isMany || workers[0] !== world.losses);
                } else if (!(outcome instanceof BatchIncompleteError)) {
                  assertEquals([outcome, workers.length], [2 * task, 1]);
                }
              }
              // Nobody has a place any more.
              assertEquals(world.queues[0]!.size, 0);
            },
          ),
          { numRuns: 60 },
        )
      ),
  );
}
