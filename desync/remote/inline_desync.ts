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
import type { Receiver } from "../../workers/callbacks/given.ts";
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
  /** Take back the callbacks of jobs that are not over. */
  readonly #takeBacks = new Set<() => void>();
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
    const out = newFrame();
    encodeArguments(out, args);
    send(out);
    const { turns } = tasks.parts;
    const value = await turns.within(
      worker,
      () => loaded.run(...decodeArguments(readBack(out))),
    );
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
    const run = this.#sent(job, args, { label: "job" });
    return this.#callingBack(() => this.#queue.sync(run)) as Awaited<Result>;
  }

  trySync<A extends readonly unknown[], Result>(
    job: Job<Given<T>, A, Result>,
    ...args: A
  ): TrySyncResult<Awaited<Result>> {
    this.#check(job);
    const run = this.#sent(job, args, { label: "job" });
    return this.#callingBack(() => this.#queue.trySync(run)) as TrySyncResult<
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
      this.#sent(job as AnyFunction, [output, ...args], { label: "job" })(ref);
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
    for (const takeBack of this.#takeBacks) takeBack();
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
      return this.#sent(job, args, { label: "job" });
    } catch (error) {
      return () => {
        throw error;
      };
    }
  }

  /** Runs what a job calls back on this thread, as one that blocks for it does. */
  #callingBack<R>(run: () => R): R {
    try {
      return run();
    } finally {
      this.#tasks.callbacks.runAll();
    }
  }

  /**
   * A job as it arrives on the worker.
   *
   * @param receiver Who may call back, until it is over; undefined: callbacks are refused.
   */
  #sent(
    job: AnyFunction,
    args: readonly unknown[],
    receiver?: Receiver,
  ): Run<T> {
    const loading = loadedHere(this.#tasks, job);
    const { copies, takeBack } = this.#send(args, receiver);
    const asker = currentHome();
    const { turns } = this.#tasks.parts;
    const within = (loaded: LoadedFunction, given: unknown[]) =>
      turns.within(
        this.worker,
        () => loaded.run(...given, ...copies()),
      );
    const run: Run<T> = (...given) =>
      loading instanceof Promise
        ? loading.then((loaded) => result(loaded, asker, within, given))
        : result(loading, asker, within, given);
    return takeBack === undefined ? run : whenOver(run, () => {
      this.#takeBacks.delete(takeBack);
      takeBack();
    });
  }

  /** Sends arguments. */
  #send(args: readonly unknown[], receiver: Receiver | undefined): Sent {
    const out = newFrame();
    let takeBack: (() => void) | undefined;
    if (receiver === undefined) {
      encodeArguments(out, args);
      send(out);
    } else takeBack = this.#tasks.callbacks.send(out, args, receiver);
    if (takeBack !== undefined) this.#takeBacks.add(takeBack);
    return { copies: () => decodeArguments(readBack(out)), takeBack };
  }
}

/** Arguments that were sent. */
interface Sent {
  /** Reads them, once. */
  readonly copies: () => unknown[];
  /** Takes back the callbacks that are among them. */
  readonly takeBack: (() => void) | undefined;
}

/** A job, and what is to be done when it is over and all it has called back before has begun. */
function whenOver<T>(run: Run<T>, over: () => void): Run<T> {
  const soon = () => queueMicrotask(over);
  return (...given) => {
    let value: unknown;
    try {
      value = run(...given);
    } catch (error) {
      soon();
      throw error;
    }
    if (value instanceof Promise) value.then(soon, soon);
    else soon();
    return value;
  };
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
