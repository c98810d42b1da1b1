/**
 * Mapping: a task for each item of a source, and never too many at once.
 *
 * @module
 */

import type { AnyFunction } from "../functions/portable.ts";
import { type AnyIterator, openerOf } from "../streams/iterator_of.ts";
import type { Task } from "./task.ts";

/** Options of `map()`. */
export interface MapOptions {
  /**
   * How many items may be taken from the source and not yet given to whoever
   * iterates. Default: four for each worker.
   */
  readonly concurrency?: number;
  /**
   * Whether results come in the order of the items, or as they are done. Default:
   * true.
   */
  readonly ordered?: boolean;
  /** Ends it: it throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What a mapping spawns its tasks with. */
export interface MapSpawner {
  /** How many workers there are. */
  readonly size: number;
  /** Runs a function on a worker. */
  spawn(fn: AnyFunction, item: unknown): Task<unknown>;
}

/** Items for each worker that are under way, or done and not taken: some ahead. */
const PER_WORKER = 4;

/**
 * Maps the items of a source.
 *
 * @throws {TypeError} If an argument is of another type.
 * @throws {RangeError} If the concurrency is no positive integer.
 */
export function mapOver(
  spawner: MapSpawner,
  source: unknown,
  fn: AnyFunction,
  options: MapOptions,
): AsyncGenerator<unknown, void, undefined> {
  const { concurrency = PER_WORKER * spawner.size, ordered = true, signal } =
    options;
  const open = opener(source);
  if (typeof fn !== "function") {
    throw new TypeError(
      `Cannot map as 'fn' must be a function: received ${typeof fn}`,
    );
  }
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new RangeError(
      `Cannot map as 'concurrency' must be a positive integer: received ${
        String(concurrency)
      }`,
    );
  }
  if (typeof ordered !== "boolean") {
    throw new TypeError(
      `Cannot map as 'ordered' must be a boolean: received ${typeof ordered}`,
    );
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(
      `Cannot map as 'signal' must be an AbortSignal: received ${
        signal === null ? "null" : typeof signal
      }`,
    );
  }
  return mapped(
    () =>
      new Mapping({
        open,
        start: (item) => spawner.spawn(fn, item),
        concurrency,
        ordered,
      }),
    signal,
  );
}

/** Nothing is taken from the source before the first result is asked for. */
async function* mapped(
  begin: () => Mapping,
  signal: AbortSignal | undefined,
): AsyncGenerator<unknown, void, undefined> {
  signal?.throwIfAborted();
  const mapping = begin();
  const onAbort = () => mapping.fail(signal!.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  let isFailed = false;
  try {
    for (;;) {
      const next = await mapping.next();
      if (next === undefined) return;
      yield next.value;
    }
  } catch (error) {
    isFailed = true;
    throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    const stopped = mapping.stop();
    // As in a loop: what was thrown first counts.
    await (isFailed ? stopped.catch(() => {}) : stopped);
  }
}

interface Result {
  readonly value: unknown;
}

interface MappingOptions {
  readonly open: () => AnyIterator;
  readonly start: (item: unknown) => Task<unknown>;
  readonly concurrency: number;
  readonly ordered: boolean;
}

/** One place in a mapping: an item that was taken, or a result that was not. */
interface Place {
  task: Task<unknown> | undefined;
  result: Result | undefined;
}

/** A mapping that is under way. */
class Mapping {
  readonly #source: AnyIterator;
  readonly #options: MappingOptions;
  /** Of all items that were taken and whose results were not, in order. */
  #places: Place[] = [];
  /** Results in the order in which they came. */
  #done: Place[] = [];
  #isPulling = false;
  /** The source has no more items, or failed. */
  #isExhausted = false;
  /** It is asked for no more. */
  #isStopped = false;
  #failure: { readonly reason: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(options: MappingOptions) {
    this.#options = options;
    this.#source = options.open();
    this.#fill();
  }

  /** The next result; undefined when there are no more. */
  async next(): Promise<Result | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.reason;
      const place = this.#options.ordered ? this.#places[0] : this.#done[0];
      if (place?.result !== undefined) {
        this.#take(place);
        return place.result;
      }
      if (this.#isExhausted && this.#places.length === 0) return undefined;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** Something failed: takes no more, and cancels the rest. */
  fail(reason: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { reason };
    this.#cancel();
    this.#wake?.();
  }

  /** Takes no more, cancels what is left, and waits until all have ended. */
  async stop(): Promise<void> {
    this.#cancel();
    const tasks = this.#places.flatMap(({ task }) => task ?? []);
    this.#places = [];
    await Promise.all(tasks.map((task) => task.ended));
    if (this.#isExhausted) return;
    const end = this.#source.return?.();
    // A source that is just asked for an item may never give one.
    if (!this.#isPulling) await end;
  }

  #cancel(): void {
    this.#isStopped = true;
    for (const { task } of this.#places) task?.cancel(this.#failure?.reason);
  }

  #take(place: Place): void {
    this.#places.splice(this.#places.indexOf(place), 1);
    if (!this.#options.ordered) this.#done.shift();
    this.#fill();
  }

  /** Takes items while there is room for them. */
  #fill(): void {
    const { concurrency } = this.#options;
    while (
      !this.#isPulling && !this.#isExhausted && !this.#isStopped &&
      this.#places.length < concurrency
    ) {
      let next: IteratorResult<unknown> | PromiseLike<IteratorResult<unknown>>;
      try {
        next = this.#source.next();
      } catch (error) {
        this.#isExhausted = true;
        return this.fail(error);
      }
      if (isPromiseLike(next)) return void this.#pull(next);
      this.#taken(next);
    }
  }

  async #pull(next: PromiseLike<IteratorResult<unknown>>): Promise<void> {
    this.#isPulling = true;
    let result: IteratorResult<unknown>;
    try {
      result = await next;
    } catch (error) {
      this.#isExhausted = true;
      return this.fail(error);
    } finally {
      this.#isPulling = false;
    }
    this.#taken(result);
    this.#fill();
  }

  #taken(next: IteratorResult<unknown>): void {
    if (next.done === true) {
      this.#isExhausted = true;
      this.#wake?.();
      return;
    }
    if (this.#isStopped) return;
    const place: Place = { task: undefined, result: undefined };
    this.#places.push(place);
    try {
      place.task = this.#options.start(next.value);
    } catch (error) {
      return this.fail(error);
    }
    place.task.then((value) => {
      place.result = { value };
      if (!this.#options.ordered) this.#done.push(place);
      this.#wake?.();
    }, (reason) => this.fail(reason));
  }
}

function isPromiseLike<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | undefined)?.then === "function";
}

function opener(source: unknown): () => AnyIterator {
  const open = openerOf(source);
  if (open !== undefined) return open;
  throw new TypeError(
    `Cannot map as 'source' must be iterable: received ${
      source === null ? "null" : typeof source
    }`,
  );
}
