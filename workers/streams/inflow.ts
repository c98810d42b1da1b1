/**
 * What arrives of a stream: items that wait to be taken.
 *
 * @module
 */

/** Where the items of a stream come from. */
export interface Source {
  /** Asks for so many items more. */
  pull(credit: number): void;
}

/** Where the items of a stream go, as they arrive. */
export interface ItemSink {
  /** An item arrived. */
  item(value: unknown, source: Source): void;
  /** One arrived that cannot be read. */
  broken(error: unknown): void;
}

/**
 * How many items may be on their way, or here and not taken, unless somebody says
 * otherwise. The other side starts with so much credit.
 */
export const WINDOW = 16;

/** How a stream ended. */
type End =
  | { readonly isFailed: false; readonly value: unknown }
  | { readonly isFailed: true; readonly value: unknown };

interface Waiter {
  readonly resolve: (result: IteratorResult<unknown>) => void;
  readonly reject: (reason: unknown) => void;
}

/** What one who takes the items says. */
export interface InflowOptions {
  /** How many may be on their way, or here and not taken. Default: 16. */
  readonly window?: number;
  /** Somebody waits for the next item, or nobody does any more. */
  readonly awaited: (isAwaited: boolean) => void;
  /** An item arrived that cannot be read. */
  readonly broken: (error: unknown) => void;
}

/** The items of a stream that have arrived, and those who wait for the next ones. */
export class Inflow implements ItemSink {
  readonly #options: InflowOptions;
  /** How many items are taken before the other side is told so: in one frame. */
  readonly #share: number;
  /** From `#first` on; what is before it was taken. */
  #items: unknown[] = [];
  #first = 0;
  #waiters: Waiter[] = [];
  #end: End | undefined;
  #isStopped = false;
  #spent = 0;
  #source: Source | undefined;

  /** Nothing arrived yet. */
  constructor(options: InflowOptions) {
    this.#options = options;
    this.#share = Math.ceil((options.window ?? WINDOW) / 2);
  }

  item(value: unknown, source: Source): void {
    if (this.#isStopped || this.#end !== undefined) return;
    this.#source = source;
    const waiter = this.#waiters.shift();
    if (waiter === undefined) return void this.#items.push(value);
    if (this.#waiters.length === 0) this.#options.awaited(false);
    waiter.resolve({ value, done: false });
    this.#spend();
  }

  broken(error: unknown): void {
    this.#options.broken(error);
  }

  /** There are no more. */
  end(value: unknown): void {
    this.#settle({ isFailed: false, value });
  }

  /** There are no more, since something failed. */
  fail(value: unknown): void {
    this.#settle({ isFailed: true, value });
  }

  /** Takes the next item, or waits for it. */
  next(): Promise<IteratorResult<unknown>> {
    if (this.#first < this.#items.length) {
      const value = this.#items[this.#first];
      this.#items[this.#first++] = undefined;
      if (this.#first === this.#items.length) {
        this.#items.length = this.#first = 0;
      }
      this.#spend();
      return Promise.resolve({ value, done: false });
    }
    if (this.#end !== undefined) return this.#last(this.#end);
    return new Promise((resolve, reject) => {
      if (this.#waiters.push({ resolve, reject }) === 1) {
        this.#options.awaited(true);
      }
    });
  }

  /** Nobody wants what is left. Who waits learns when it has ended. */
  stop(): void {
    this.#isStopped = true;
    this.#items.length = this.#first = 0;
  }

  /** Nobody is told how it ended. */
  settle(): void {
    this.#end = { isFailed: false, value: undefined };
  }

  /** How it ended is told once; from then on it has just ended. */
  #last(end: End): Promise<IteratorResult<unknown>> {
    this.settle();
    return end.isFailed
      ? Promise.reject(end.value)
      : Promise.resolve({ value: end.value, done: true });
  }

  #settle(end: End): void {
    if (this.#end !== undefined) return;
    this.#end = this.#isStopped ? { isFailed: false, value: undefined } : end;
    if (this.#waiters.length === 0) return;
    this.#options.awaited(false);
    for (const { resolve, reject } of this.#waiters.splice(0)) {
      this.#last(this.#end).then(resolve, reject);
    }
  }

  #spend(): void {
    if (++this.#spent < this.#share || this.#end !== undefined) return;
    this.#source!.pull(this.#spent);
    this.#spent = 0;
  }
}
