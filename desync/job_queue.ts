import { AfterStep } from "./after_step.ts";
import { DesyncFuture } from "./desync_future.ts";
import { Gate, GateSuspension } from "./gate.ts";
import { JobLine } from "./job_line.ts";
import type {
  Job,
  Ordered,
  OrderedOptions,
  Suspension,
  TrySyncResult,
} from "./ordered.ts";
import { checkJob, checkOptions } from "./ordered_options.ts";
import { ResultStep } from "./result_step.ts";
import type { Step } from "./step.ts";
import { SyncFuture } from "./sync_future.ts";

/**
 * Runs jobs on this thread one at a time, in the order in which they were asked
 * for. Jobs that are asked for by {@linkcode desync} and the futures run soon, in a
 * microtask; {@linkcode sync} runs those that wait, then its own. A job that returns a
 * promise holds the queue until that is settled.
 *
 * All queues of a thread share its time: each runs a few dozen jobs, then others
 * have their turn, and about once in a millisecond the event loop.
 *
 * After the scheduler of desync (https://docs.rs/desync/latest/desync/scheduler/).
 *
 * @example Usage
 * ```ts
 * import { JobQueue } from "@kindred/kindred/desync";
 * import { assertEquals } from "@std/assert";
 *
 * const queue = new JobQueue();
 * const done: string[] = [];
 * queue.desync(() => done.push("first"));
 * queue.desync((text) => done.push(text), "second");
 * assertEquals(done, []);
 * queue.sync(() => done.push("third"));
 * assertEquals(done, ["first", "second", "third"]);
 * ```
 *
 * @typeParam Given What each job gets in front of its arguments.
 */
export class JobQueue<Given extends readonly unknown[] = []>
  implements Ordered<Given> {
  readonly #line: JobLine;
  readonly #options: OrderedOptions<Given>;

  /**
   * Makes an empty queue.
   *
   * @param given What each job gets in front of its arguments.
   * @throws {TypeError} If an option is of the wrong kind.
   */
  constructor(options: OrderedOptions<Given> = {}, ...given: Given) {
    checkOptions("create job queue", options);
    this.#options = options;
    this.#line = new JobLine(given, options);
  }

  /** Whether a job has thrown and so poisoned the queue: see `onFailure`. */
  get isPoisoned(): boolean {
    return this.#line.isPoisoned;
  }

  /** Aborted when the queue takes no more jobs, as it is disposed of. */
  get closing(): AbortSignal {
    return this.#line.closing;
  }

  /**
   * For the job that is under way: aborted when {@linkcode SyncFuture.cancel} gives it
   * up.
   *
   * @example Usage
   * ```ts
   * import { JobQueue } from "@kindred/kindred/desync";
   * import { assertEquals } from "@std/assert";
   *
   * const queue = new JobQueue();
   * const told = Promise.withResolvers<unknown>();
   * const job = queue.futureSync(() => {
   *   const { signal } = queue;
   *   signal.addEventListener("abort", () => told.resolve(signal.reason));
   *   return told.promise;
   * });
   * queue.desync(() => {}); //                       waits for that one
   * await Promise.resolve();
   * job.cancel("not needed");
   * assertEquals(await told.promise, "not needed");
   * ```
   */
  get signal(): AbortSignal {
    return this.#line.signal;
  }

  /**
   * Asks for a job and returns at once. It runs soon, and never before this
   * returns. What it throws goes to `onError`, or is an unhandled rejection.
   *
   * @example Usage
   * ```ts
   * import { Desync } from "@kindred/kindred/desync";
   * import { assertEquals } from "@std/assert";
   *
   * const number = new Desync(0);
   * number.desync((n) => {
   *   n.value = 42;
   * });
   * assertEquals(await number.futureSync((n) => n.value), 42);
   * ```
   *
   * @throws {DesyncPoisonedError} If an earlier job has poisoned the queue.
   * @throws {DesyncClosedError} If the queue is disposed of.
   * @throws {TypeError} If the job is no function.
   */
  desync<A extends readonly unknown[]>(
    job: Job<Given, A, unknown>,
    ...args: A
  ): void {
    checkJob(job);
    this.#line.desync(job, args);
  }

  /**
   * Runs a job and returns its result: at once if no other one runs or waits, else
   * after those that wait, which run here and now.
   *
   * @example Usage
   * ```ts
   * import { Desync } from "@kindred/kindred/desync";
   * import { assertEquals } from "@std/assert";
   *
   * const list = new Desync([3, 1, 2]);
   * list.desync((l) => l.value.sort());
   * assertEquals(list.sync((l, index) => l.value.at(index), -1), 3);
   * ```
   *
   * @throws What the job threw.
   * @throws {DeadlockError} If it could never run while this thread waits: a job of
   * the same queue is under way, be it the one that calls this or one that waits
   * for a promise, or the queue is suspended. The job is not run then. Also if it
   * returns a promise, which holds the queue all the same.
   * @throws {DesyncPoisonedError} If an earlier job has poisoned the queue.
   * @throws {DesyncClosedError} If the queue is disposed of.
   * @throws {TypeError} If the job is no function.
   */
  sync<A extends readonly unknown[], Result>(
    job: Job<Given, A, Result>,
    ...args: A
  ): Awaited<Result> {
    checkJob(job);
    return this.#line.sync(job, args) as Awaited<Result>;
  }

  /**
   * Runs a job and returns its result if no other one runs or waits; does nothing
   * otherwise.
   *
   * @example Usage
   * ```ts
   * import { Desync } from "@kindred/kindred/desync";
   * import { assertEquals } from "@std/assert";
   *
   * const number = new Desync(1);
   * assertEquals(number.trySync((n) => n.value), { state: "ok", value: 1 });
   * number.desync((n) => n.value = 2);
   * assertEquals(number.trySync((n) => n.value = 3), { state: "busy" });
   * assertEquals(number.sync((n) => n.value), 2);
   * ```
   *
   * @throws What the job threw.
   * @throws {DeadlockError} If the job returns a promise, which holds the queue all
   * the same.
   * @throws {DesyncPoisonedError} If an earlier job has poisoned the queue.
   * @throws {DesyncClosedError} If the queue is disposed of.
   * @throws {TypeError} If the job is no function.
   */
  trySync<A extends readonly unknown[], Result>(
    job: Job<Given, A, Result>,
    ...args: A
  ): TrySyncResult<Awaited<Result>> {
    checkJob(job);
    return this.#line.trySync(job, args) as TrySyncResult<Awaited<Result>>;
  }

  /**
   * Asks for a job, and gives a promise of its result, by which the job can be
   * given up.
   *
   * @example Usage
   * ```ts
   * import { Desync } from "@kindred/kindred/desync";
   * import { assertEquals } from "@std/assert";
   *
   * const page = new Desync("");
   * page.desync(async (p) => {
   *   const response = await fetch("data:text/plain,hello");
   *   p.value = await response.text();
   * });
   * assertEquals(await page.futureSync((p) => p.value.length), 5);
   * ```
   *
   * @returns Rejected with what the job throws, with its reason if it is cancelled, or with what
   * {@linkcode desync} would throw.
   * @throws {TypeError} If the job is no function.
   */
  futureSync<A extends readonly unknown[], Result>(
    job: Job<Given, A, Result>,
    ...args: A
  ): SyncFuture<Awaited<Result>> {
    checkJob(job);
    const step = new ResultStep(this.#line, job, args);
    const future = new SyncFuture<Awaited<Result>>(step);
    this.#add(step);
    return future;
  }

  /**
   * Asks for a job that runs in any case, and gives a promise of its result.
   *
   * @example Usage
   * ```ts
   * import { Desync } from "@kindred/kindred/desync";
   * import { assertEquals } from "@std/assert";
   *
   * const list = new Desync<number[]>([]);
   * const length = list.futureDesync((l, item) => l.value.push(item), 5);
   * assertEquals(await length, 1);
   * ```
   *
   * @returns Rejected with what the job throws, or with what {@linkcode desync} would throw.
   * @throws {TypeError} If the job is no function.
   */
  futureDesync<A extends readonly unknown[], Result>(
    job: Job<Given, A, Result>,
    ...args: A
  ): DesyncFuture<Awaited<Result>> {
    checkJob(job);
    const step = new ResultStep(this.#line, job, args);
    const future = new DesyncFuture<Awaited<Result>>(step);
    this.#add(step);
    return future;
  }

  /**
   * Asks for a job that gets what a promise resolves to. The jobs behind it wait
   * for the promise, too.
   *
   * @example Usage
   * ```ts
   * import { Desync } from "@kindred/kindred/desync";
   * import { assertEquals } from "@std/assert";
   *
   * const number = new Desync(1);
   * const three = Promise.withResolvers<number>();
   * const sum = number.after(three.promise, (n, more) => n.value += more);
   * const product = number.futureSync((n) => n.value *= 10);
   * three.resolve(3);
   * assertEquals(await sum, 4);
   * assertEquals(await product, 40);
   * ```
   *
   * @returns Rejected as that of {@linkcode futureDesync}; or as the promise is, and then
   * the job does not run.
   * @throws {TypeError} If the job is no function.
   */
  after<Output, A extends readonly unknown[], Result>(
    promise: PromiseLike<Output>,
    job: Job<Given, readonly [output: Output, ...args: A], Result>,
    ...args: A
  ): DesyncFuture<Awaited<Result>> {
    checkJob(job);
    const step = new AfterStep(this.#line, promise, job, args);
    const future = new DesyncFuture<Awaited<Result>>(step);
    this.#add(step);
    return future;
  }

  /**
   * Stops behind the jobs that were asked for until now, until it is resumed. A
   * suspension that nobody keeps is resumed when it is garbage-collected.
   *
   * @example Usage
   * ```ts
   * import { Desync } from "@kindred/kindred/desync";
   * import { assertEquals } from "@std/assert";
   *
   * const number = new Desync(1);
   * number.desync((n) => n.value = 2);
   * let seen: Promise<number>;
   * {
   *   using pause = number.suspend();
   *   seen = number.futureSync((n) => n.value += 10);
   *   await pause.reached; //                          nothing runs from here on
   *   assertEquals(number.trySync((n) => n.value), { state: "busy" });
   * }
   * assertEquals(await seen, 12);
   * ```
   *
   * @throws {DesyncClosedError} If the queue is disposed of.
   */
  suspend(): Suspension {
    this.#line.checkOpen("suspend");
    const gate = new Gate();
    this.#line.add(gate);
    return new GateSuspension(gate);
  }

  /**
   * Lets jobs run again after one has poisoned the queue. Does nothing if none has.
   *
   * @example Usage
   * ```ts
   * import { Desync } from "@kindred/kindred/desync";
   * import { assert, assertThrows } from "@std/assert";
   *
   * const text = new Desync("{", { onFailure: "poison" });
   * assertThrows(() => text.sync((t) => JSON.parse(t.value)), SyntaxError);
   * assert(text.isPoisoned);
   * text.clearPoison();
   * text.sync((t) => t.value = "{}");
   * ```
   */
  clearPoison(): void {
    this.#line.clearPoison();
  }

  /**
   * Takes no more jobs, runs all that were asked for, and `dispose` at last. Ends
   * suspensions. A queue that is poisoned is disposed of without an error.
   *
   * @example Usage
   * ```ts
   * import { Desync } from "@kindred/kindred/desync";
   * import { assertEquals } from "@std/assert";
   *
   * const lines: string[] = [];
   * {
   *   await using log = new Desync(lines, { dispose: (l) => l.value.push("end") });
   *   log.desync((l) => l.value.push("start"));
   * }
   * assertEquals(lines, ["start", "end"]);
   * ```
   *
   * @returns Rejected if `dispose` fails.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#line.close(this.#options.dispose);
  }

  #add(step: Step): void {
    const refusal = this.#line.refusal("run job");
    if (refusal === undefined) this.#line.add(step);
    else step.failed(refusal);
  }
}
