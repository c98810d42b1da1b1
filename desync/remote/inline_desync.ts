/**
 * Objects on inline workers.
 *
 * @module
 */

import { aware } from "../../aware/aware.ts";
import { decodeArguments } from "../../codec/decode.ts";
import { encodeArguments } from "../../codec/encode.ts";
import { exportedAt } from "../../codec/module_exports.ts";
import { isThenable } from "../../codec/thenable.ts";
import { perRealm } from "../../sync/thread/realm.ts";
import { RuntimeClosedError } from "../../workers/errors.ts";
import { foreignName } from "../../workers/functions/foreign_name.ts";
import {
  type LoadedFunction,
  loadedFunction,
} from "../../workers/functions/loaded_function.ts";
import type { AnyFunction } from "../../workers/functions/portable.ts";
import {
  copyOf,
  copyOfFailure,
  newFrame,
  readBack,
  send,
} from "../../workers/inline/inline_copy.ts";
import { currentHome } from "../../workers/local/current_home.ts";
import type { Home, Owned } from "../../workers/local/home.ts";
import type { InlineTasks } from "../../workers/tasks/inline_tasks.ts";
import type { DesyncFuture } from "../desync_future.ts";
import { JobQueue } from "../job_queue.ts";
import { LineReference } from "../line_reference.ts";
import type { Job, Reference, Suspension, TrySyncResult } from "../ordered.ts";
import { checkJob } from "../ordered_options.ts";
import type { SyncFuture } from "../sync_future.ts";
import type { PlacedDesync } from "./placed_desync.ts";
import type { RemoteDesyncOptions } from "./remote_options.ts";

type Given<T> = [ref: Reference<T>];
type Run<T> = (ref: Reference<T>, ...more: unknown[]) => unknown;

// deno-lint-ignore no-explicit-any -- of any data
type AnyInline = InlineDesync<any>;

/** Those of this thread, by number. */
const objects = perRealm("inline objects", () => ({
  last: 0,
  all: new Map<number, AnyInline>(),
}));

/** What an object on an inline worker is made of. */
export interface InlineDesyncParts<T> {
  /** The index of the worker. */
  readonly worker: number;
  /** What it owns. */
  readonly home: Home;
  /** Its tasks. */
  readonly tasks: InlineTasks;
  /** Makes the data. */
  readonly factory: AnyFunction;
  /** What that gets. */
  readonly args: readonly unknown[];
  /** How it is made. */
  readonly options: RemoteDesyncOptions<T>;
}

/** Data of an inline worker: jobs are turns of it, on this thread. */
export class InlineDesync<T> implements PlacedDesync<T> {
  declare readonly "~sendable": true;
  readonly worker: number;
  readonly #number = ++objects.last;
  readonly #tasks: InlineTasks;
  readonly #queue: JobQueue<Given<T>>;
  /** Its worker owns it no more. */
  #letGo: () => void = () => {};

  static {
    aware(import.meta.url, InlineDesync, {
      take: (object) => object.#number,
      make: (number) => objects.all.get(number)!,
    });
  }

  /** Takes data that the worker has made. */
  constructor(value: T, { worker, tasks, options }: InlineDesyncParts<T>) {
    const { onFailure, onError, dispose } = options;
    this.worker = worker;
    this.#tasks = tasks;
    const reference = new LineReference(value);
    this.#queue = new JobQueue<Given<T>>({
      ...onFailure && { onFailure },
      ...onError && { onError: this.#sent(onError, []) as () => void },
      ...dispose && { dispose: this.#sent(dispose, []) },
    }, reference);
    reference.belongsTo(this.#queue);
    objects.all.set(this.#number, this);
  }

  /** Makes data on a worker, and an object of them. */
  static async make<T>(parts: InlineDesyncParts<T>): Promise<InlineDesync<T>> {
    const { tasks, worker, factory, args, options, home } = parts;
    const loaded = await loadedHere(tasks, factory);
    const copies = copiesOf(args);
    const { turns } = tasks.parts;
    const value = await turns.within(worker, () => loaded.run(...copies()));
    const object = new InlineDesync(value as T, parts);
    const { name = factory.name || "object" } = options;
    const owned: Owned = { name, dispose: () => object[Symbol.asyncDispose]() };
    home.own(owned);
    object.#letGo = () => home.letGo(owned);
    return object;
  }

  get isPoisoned(): boolean {
    return this.#queue.isPoisoned;
  }

  get closing(): AbortSignal {
    return this.#queue.closing;
  }

  desync<A extends readonly unknown[]>(
    job: Job<Given<T>, A, unknown>,
    ...args: A
  ): void {
    this.#check(job);
    this.#queue.desync(this.#sent(job, args));
  }

  sync<A extends readonly unknown[], Result>(
    job: Job<Given<T>, A, Result>,
    ...args: A
  ): Awaited<Result> {
    this.#check(job);
    return this.#queue.sync(this.#sent(job, args)) as Awaited<Result>;
  }

  trySync<A extends readonly unknown[], Result>(
    job: Job<Given<T>, A, Result>,
    ...args: A
  ): TrySyncResult<Awaited<Result>> {
    this.#check(job);
    return this.#queue.trySync(this.#sent(job, args)) as TrySyncResult<
      Awaited<Result>
    >;
  }

  futureSync<A extends readonly unknown[], Result>(
    job: Job<Given<T>, A, Result>,
    ...args: A
  ): SyncFuture<Awaited<Result>> {
    checkJob(job);
    return this.#queue.futureSync(this.#sentOrNot(job, args)) as SyncFuture<
      Awaited<Result>
    >;
  }

  futureDesync<A extends readonly unknown[], Result>(
    job: Job<Given<T>, A, Result>,
    ...args: A
  ): DesyncFuture<Awaited<Result>> {
    checkJob(job);
    return this.#queue.futureDesync(this.#sentOrNot(job, args)) as DesyncFuture<
      Awaited<Result>
    >;
  }

  after<Output, A extends readonly unknown[], Result>(
    promise: PromiseLike<Output>,
    job: Job<Given<T>, readonly [output: Output, ...args: A], Result>,
    ...args: A
  ): DesyncFuture<Awaited<Result>> {
    checkJob(job);
    const run: Run<T> = (ref, output) =>
      this.#sent(job as AnyFunction, [output, ...args])(ref);
    return this.#queue.after(promise, run) as DesyncFuture<Awaited<Result>>;
  }

  suspend(): Suspension {
    return this.#queue.suspend();
  }

  clearPoison(): void {
    this.#queue.clearPoison();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#letGo();
    await this.#queue[Symbol.asyncDispose]();
    objects.all.delete(this.#number);
  }

  #check(job: unknown): void {
    checkJob(job);
    if (this.#tasks.parts.calls.closed) throw new RuntimeClosedError("run job");
  }

  /** What is wrong with a job rejects its future. */
  #sentOrNot(job: AnyFunction, args: readonly unknown[]): Run<T> {
    try {
      this.#check(job);
      return this.#sent(job, args);
    } catch (error) {
      return () => {
        throw error;
      };
    }
  }

  /** A job as it arrives on the worker. */
  #sent(job: AnyFunction, args: readonly unknown[]): Run<T> {
    const loading = loadedHere(this.#tasks, job);
    const copies = copiesOf(args);
    const asker = currentHome();
    const { turns } = this.#tasks.parts;
    const within = (loaded: LoadedFunction, given: unknown[]) =>
      turns.within(
        this.worker,
        () => loaded.run(...given, ...copies()),
      );
    return (...given) =>
      loading instanceof Promise
        ? loading.then((loaded) => result(loaded, asker, within, given))
        : result(loading, asker, within, given);
  }
}

/** What a job comes to, as it arrives where it was asked for. */
function result(
  loaded: LoadedFunction,
  asker: Home | undefined,
  run: (loaded: LoadedFunction, given: unknown[]) => unknown,
  given: unknown[],
): unknown {
  const label = `result of '${loaded.name || "anonymous"}'`;
  const failed = (error: unknown): never => {
    throw copyOfFailure(foreignName(error, loaded), asker);
  };
  let value: unknown;
  try {
    value = run(loaded, given);
  } catch (error) {
    return failed(error);
  }
  return isThenable(value)
    ? Promise.resolve(value).then(
      (value) => copyOf(value, label, asker),
      failed,
    )
    : copyOf(value, label, asker);
}

/** Sends arguments; what that gives reads them, once. */
function copiesOf(args: readonly unknown[]): () => unknown[] {
  const out = newFrame();
  encodeArguments(out, args);
  send(out);
  return () => decodeArguments(readBack(out));
}

/** A function as a worker of this thread has it. */
function loadedHere(
  tasks: InlineTasks,
  fn: AnyFunction,
): LoadedFunction | Promise<LoadedFunction> {
  const { functions } = tasks.parts;
  const at = exportedAt(fn);
  // This thread has its module.
  if (at !== undefined) return loadedFunction(at.name, fn, undefined, at.url);
  return functions.load(functions.numberOf(fn));
}
