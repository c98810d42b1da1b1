import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { checkOptions } from "../../batching/queue_options.ts";
import type { Assignment, OpenBatch } from "../../batching/mod.ts";
import { ValueQueue } from "../../batching/value_queue.ts";
import { turn } from "./echo.ts";

/** What may happen to a queue. `at` chooses among the batches or pushes that there are. */
type Step =
  | { readonly kind: "push"; readonly count: number }
  | { readonly kind: "pushMany"; readonly count: number }
  | { readonly kind: "pushAbortable" }
  | { readonly kind: "abort"; readonly at: number }
  | { readonly kind: "turn" }
  | { readonly kind: "bound"; readonly at: number }
  | { readonly kind: "resolve"; readonly at: number }
  | { readonly kind: "resolveOne"; readonly at: number }
  | { readonly kind: "reject"; readonly at: number }
  | { readonly kind: "drop"; readonly at: number }
  | { readonly kind: "return"; readonly at: number }
  | { readonly kind: "throw"; readonly at: number };

const count = fc.integer({ min: 1, max: 90 });
const at = fc.nat(1000);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("push" as const), count }),
  fc.record({ kind: fc.constant("pushMany" as const), count }),
  fc.record({ kind: fc.constant("pushAbortable" as const) }),
  fc.record({ kind: fc.constant("turn" as const) }),
  ...([
    "abort",
    "bound",
    "resolve",
    "resolveOne",
    "reject",
    "drop",
    "return",
    "throw",
  ] as const).map((kind) =>
    fc.record({ kind: fc.constant(kind), at }) as fc.Arbitrary<Step>
  ),
);

type Batch = OpenBatch<Assignment<number, string>>;

/** A batch whose processor runs, and what the model knows of it. */
interface Running {
  readonly batch: Batch;
  readonly end: PromiseWithResolvers<void>;
  /** Its tasks, once it is bounded. */
  tasks: readonly number[] | undefined;
}

/** One or several tasks that were pushed together. */
interface Pushed {
  readonly tasks: readonly number[];
  readonly outcome: Promise<string[]>;
  readonly controller: AbortController | undefined;
}

/** Runs the steps on a queue and a plain model of it, in which every task has one answer: the first one. */
class Comparison {
  readonly #queue: ValueQueue<number, string>;
  readonly #running: Running[] = [];
  readonly #ended = new Set<Running>();
  readonly #pushed: Pushed[] = [];
  /** What the model says of a task. */
  readonly #answers = new Map<number, string>();
  #next = 0;

  constructor(concurrency: number, maxBatch: number, position: number) {
    const options = { capacity: 64, concurrency, maxBatch };
    this.#queue = new ValueQueue<number, string>(
      (batch) => {
        const end = Promise.withResolvers<void>();
        this.#running.push({ batch, end, tasks: undefined });
        return end.promise;
      },
      checkOptions("queue", options),
      {},
      position,
    );
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.#step(step);
    // To the end: every batch is answered, until there is none.
    for (let k = 0; k < this.#running.length || await this.#more(k); k++) {
      await this.#step({ kind: "resolve", at: k });
      await this.#step({ kind: "return", at: k });
    }
    await this.#queue.idle();
    for (const pushed of this.#pushed) await this.#compare(pushed);
    const { batches, held, inLine, running } = this.#queue.stats();
    assertEquals([held, inLine, running], [0, 0, 0]);
    // In order, none twice, and none lost that was not given up in line.
    const all = this.#running.flatMap(({ tasks }) => tasks!);
    assertEquals([batches.count, batches.tasks], [
      this.#running.length,
      all.length,
    ]);
    const handed = new Set(all);
    assertEquals(all, [...handed].sort((a, b) => a - b));
    for (let task = 0; task < this.#next; task++) {
      if (!handed.has(task)) {
        assertStrictEquals(this.#answers.get(task), "gone");
      }
    }
  }

  async #more(k: number): Promise<boolean> {
    await turn();
    return k < this.#running.length;
  }

  /** Compares what came out of a push with the answers that its tasks got. */
  async #compare({ tasks, outcome }: Pushed): Promise<void> {
    const answers = tasks.map((task) => this.#answers.get(task)!);
    const found = await outcome;
    if (
      tasks.length > 1 && !answers.every((text) => text.startsWith("value"))
    ) {
      assertStrictEquals(found.length, 1, "one failure for all");
      assert(answers.includes(found[0]!), `${found} is none of ${answers}`);
    } else assertEquals(found, answers);
  }

  async #step(step: Step): Promise<void> {
    switch (step.kind) {
      case "push":
        for (let k = 0; k < step.count; k++) this.#push();
        return;
      case "pushMany":
        return this.#pushMany(step.count);
      case "pushAbortable":
        return this.#push(new AbortController());
      case "turn":
        return await turn();
      case "abort":
        return this.#abort(step.at);
      default:
        await this.#processorStep(step.kind, step.at);
    }
  }

  #push(controller?: AbortController): void {
    const task = this.#next++;
    const outcome = controller === undefined
      ? this.#queue.push(task)
      : this.#queue.pushAbortable(task, controller.signal);
    this.#pushed.push({
      tasks: [task],
      outcome: outcome.then((value) => [value], (reason) => [nameOf(reason)]),
      controller,
    });
  }

  #pushMany(size: number): void {
    const tasks = Array.from({ length: size }, () => this.#next++);
    const outcome = this.#queue.pushMany(tasks);
    this.#pushed.push({
      tasks,
      outcome: outcome.catch((reason) => [nameOf(reason)]),
      controller: undefined,
    });
  }

  #abort(at: number): void {
    const abortable = this.#pushed.filter(({ controller }) => controller);
    const pushed = abortable[at % Math.max(1, abortable.length)];
    if (pushed === undefined) return;
    const [task] = pushed.tasks;
    if (!this.#answers.has(task!)) this.#answers.set(task!, "gone");
    pushed.controller!.abort("gone");
  }

  async #processorStep(kind: Step["kind"], at: number): Promise<void> {
    const running = this.#running[at % Math.max(1, this.#running.length)];
    if (running === undefined || this.#ended.has(running)) return;
    const { batch, end } = running;
    if (kind === "return" || kind === "throw") {
      this.#ended.add(running);
      this.#bound(running);
      this.#answer(running, kind === "return" ? "incomplete" : "thrown");
      if (kind === "return") end.resolve();
      else if (batch.bound().isCompleted) end.resolve();
      else end.reject(new Error("thrown"));
      return await turn();
    }
    this.#bound(running);
    const assignment = batch.bound();
    const tasks = running.tasks!;
    if (kind === "resolve") {
      this.#answer(running, "value");
      assignment.resolve(tasks.map((task) => `value ${task}`));
    } else if (kind === "resolveOne") {
      const index = at % tasks.length;
      const task = tasks[index]!;
      const isGone = this.#answers.get(task) === "gone";
      const isFirst = assignment.resolveOne(index, `value ${task}`);
      if (!isGone) assertStrictEquals(isFirst, !this.#answers.has(task));
      this.#answer({ ...running, tasks: [task] }, "value");
    } else if (kind === "reject") {
      this.#answer(running, "rejected");
      assignment.reject(new Error("rejected"));
    } else if (kind === "drop") {
      this.#answer(running, "incomplete");
      batch.drop();
    }
  }

  #bound(running: Running): void {
    if (running.tasks !== undefined) return;
    running.tasks = running.batch.bound().toArray();
    const slices = running.batch.bound().slices();
    assertEquals(slices.flatMap((slice) => [...slice]), running.tasks);
  }

  #answer({ tasks }: Running, answer: string): void {
    for (const task of tasks!) {
      if (this.#answers.has(task)) continue;
      this.#answers.set(task, answer === "value" ? `value ${task}` : answer);
    }
  }
}

function nameOf(reason: unknown): string {
  if (!(reason instanceof Error)) return String(reason);
  return reason.name === "BatchIncompleteError" ? "incomplete" : reason.message;
}

Deno.test(
  "TaskQueue answers every task once, as a plain model does, whatever happens in whatever order (Q11, Q12, Q13, Q17)",
  {
    timeout: 60_000,
  },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.constantFrom(1, 2, Infinity),
        fc.constantFrom(1, 7, Infinity),
        fc.constantFrom(0, 2 ** 31 - 70, -70),
        async (steps, concurrency, maxBatch, position) => {
          await new Comparison(concurrency, maxBatch, position).run(steps);
        },
      ),
      { numRuns: 150 },
    );
  },
);
