/**
 * Mapping: a function for each item of a source, on workers, and never too many at
 * once.
 *
 * @module
 */

import type { AnyFunction } from "../functions/portable.ts";
import { type AnyIterator, openerOf } from "../streams/iterator_of.ts";
import { Mapping, type MappingOptions } from "./mapping.ts";
import type { SpawnOptions } from "./spawn_options.ts";
import type { TaskPort } from "./task_port.ts";

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
  /**
   * How many items go to a worker in one message, at most. With 1 each is a task by
   * itself: for items that wait for each other. Default: as many as have proved to
   * take some 0.1 ms together, and so few that there is a message for each worker,
   * and one more.
   */
  readonly batch?: number;
  /** Ends it: it throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Items for each worker that are under way, or done and not taken: some ahead. */
const PER_WORKER = 4;

/** More in one message save nothing. */
const LARGEST_BATCH = 64;

/** What is mapped, and how. */
export interface MapRequest {
  /** Where tasks go. */
  readonly port: TaskPort;
  /** How they are spawned. */
  readonly spawn: SpawnOptions;
  /** The items. */
  readonly source: unknown;
  /** What is run for each of them. */
  readonly fn: AnyFunction;
}

/**
 * Maps the items of a source.
 *
 * @throws {TypeError} If an argument is of another type.
 * @throws {RangeError} If a number is no positive integer.
 */
export function mapOver(
  request: MapRequest,
  options: MapOptions,
): AsyncGenerator<unknown, void, undefined> {
  const { port, spawn, source, fn } = request;
  const { size } = port;
  const { concurrency = PER_WORKER * size, ordered = true, signal } = options;
  const open = opener(source);
  if (typeof fn !== "function") {
    throw new TypeError(
      `Cannot map as 'fn' must be a function: received ${typeof fn}`,
    );
  }
  checkCount("concurrency", concurrency);
  if (options.batch !== undefined) checkCount("batch", options.batch);
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
  // The time of a task is its own: it does not run behind others in one message.
  const isAlone = !port.takesBatches || spawn.timeout !== undefined;
  const { batch = Math.min(LARGEST_BATCH, concurrency / (size + 1)) } = options;
  return mapped({
    open,
    start: (items, form) => port.spawn(fn, items, spawn, form),
    workers: size,
    concurrency,
    ordered,
    batch: isAlone ? 1 : Math.max(1, Math.floor(batch)),
  }, signal);
}

/** Nothing is taken from the source before the first result is asked for. */
async function* mapped(
  options: MappingOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<unknown, void, undefined> {
  signal?.throwIfAborted();
  const mapping = new Mapping(options);
  const onAbort = () => mapping.fail(signal!.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  let isFailed = false;
  try {
    while (!mapping.isOver) {
      const result = mapping.take();
      if (result === undefined) await mapping.change();
      else yield result.value;
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

function checkCount(name: string, count: number): void {
  if (Number.isInteger(count) && count >= 1) return;
  throw new RangeError(
    `Cannot map as '${name}' must be a positive integer: received ${
      String(count)
    }`,
  );
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
