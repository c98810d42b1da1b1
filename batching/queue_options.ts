/**
 * How a queue collects and processes its tasks.
 *
 * @module
 */

/** Options of every queue. */
export interface BatchQueueOptions {
  /**
   * How many batches may be processed at once. While there are so many, the next
   * one grows. Default: `Infinity`.
   */
  readonly concurrency?: number;
  /** How many tasks a batch may have. Default: as many as fit. */
  readonly maxBatch?: number;
  /**
   * How many tasks the queue holds that have no answer yet: a power of two from
   * 64 to 16,777,216. A batch that is not completed also keeps the places
   * of all that were pushed after it. Default: 1024.
   */
  readonly capacity?: number;
  /**
   * What becomes of a task when the queue is full: it waits in line for a place,
   * or it is refused with a `QueueFullError`. Default: `"wait"`.
   */
  readonly overflow?: "wait" | "reject";
  /**
   * Closes the queue: all that wait are rejected with its reason, and so is what
   * is pushed afterwards. The signal keeps the queue in memory.
   */
  readonly signal?: AbortSignal;
  /**
   * Calls a function when the processor of a batch that was opened is to start,
   * once. Default: in a microtask.
   */
  readonly schedule?: (start: () => void) => void;
}

/** Options of a queue, with what holds without them. */
export interface CheckedOptions {
  readonly concurrency: number;
  readonly maxBatch: number;
  readonly capacity: number;
  readonly overflow: "wait" | "reject";
  readonly signal: AbortSignal | undefined;
  readonly schedule: ((start: () => void) => void) | undefined;
}

/** The fewest and the most tasks that a queue may hold. */
export const MIN_CAPACITY = 64;
/** See {@linkcode MIN_CAPACITY}. */
export const MAX_CAPACITY: number = 2 ** 24;

/**
 * Checks the options of a queue.
 *
 * @param what What is created, for error messages.
 * @throws {RangeError} If a number is out of range.
 * @throws {TypeError} If another option is of the wrong kind.
 */
export function checkOptions(
  what: string,
  options: BatchQueueOptions,
): CheckedOptions {
  const {
    concurrency = Infinity,
    maxBatch = Infinity,
    capacity = 1024,
    overflow = "wait",
    signal,
    schedule,
  } = options;
  checkCount(what, "concurrency", concurrency);
  checkCount(what, "maxBatch", maxBatch);
  if (
    !Number.isInteger(capacity) || capacity < MIN_CAPACITY ||
    capacity > MAX_CAPACITY || (capacity & (capacity - 1)) !== 0
  ) {
    throw new RangeError(
      `Cannot create ${what} as 'capacity' must be a power of two from ${MIN_CAPACITY} to ${MAX_CAPACITY}: received ${
        String(capacity)
      }`,
    );
  }
  if (overflow !== "wait" && overflow !== "reject") {
    throw new TypeError(
      `Cannot create ${what} as 'overflow' must be "wait" or "reject": received ${
        String(overflow)
      }`,
    );
  }
  checkSignal(`create ${what}`, signal);
  if (schedule !== undefined) {
    checkFunction(`create ${what}`, "'schedule'", schedule);
  }
  return { concurrency, maxBatch, capacity, overflow, signal, schedule };
}

function checkCount(what: string, name: string, count: number): void {
  if (count === Infinity || (Number.isSafeInteger(count) && count > 0)) return;
  throw new RangeError(
    `Cannot create ${what} as '${name}' must be a positive integer or Infinity: received ${
      String(count)
    }`,
  );
}

/** Throws if something is there that is no signal. */
export function checkSignal(action: string, signal: unknown): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw new TypeError(
    `Cannot ${action} as 'signal' must be an AbortSignal: received ${
      String(signal)
    }`,
  );
}

/** Throws if something is no function. */
export function checkFunction(
  action: string,
  name: string,
  value: unknown,
): void {
  if (typeof value === "function") return;
  throw new TypeError(
    `Cannot ${action} as ${name} must be a function: received ${String(value)}`,
  );
}
