/**
 * From a source through the jobs of an object, in order.
 *
 * @module
 */

import type { Job, Ordered } from "./ordered.ts";
import { checkJob, checkSignal } from "./ordered_options.ts";
import {
  openSource,
  type PipeSource,
  type SourceReader,
} from "./pipe_source.ts";
import type { SyncFuture } from "./sync_future.ts";

/** How many items a pipe holds by default. */
const DEFAULT_DEPTH = 5;

/** Options of a pipe. */
export interface PipeOptions {
  /**
   * How many items may be under way: read, or about to be, and their results not
   * taken yet. While there are so many, the source is not read. Default: 5.
   */
  readonly depth?: number;
  /** Ends the pipe: its reason is thrown, and cancels the source. */
  readonly signal?: AbortSignal;
}

/** What an item has come to, or the source. */
export type PipeOutcome =
  | { readonly state: "value"; readonly value: unknown }
  | { readonly state: "failed"; readonly reason: unknown }
  | { readonly state: "end" };

/** The place of an item in the order of the results. */
interface Place {
  outcome: PipeOutcome | undefined;
  future: SyncFuture<unknown> | undefined;
  next: Place | undefined;
}

/** The end of the source. */
const END: PipeOutcome = { state: "end" };

const DONE = Promise.resolve();

/** Items on their way through an object. */
export class PipeFlow<Given extends readonly unknown[], Item> {
  readonly #object: Ordered<Given>;
  readonly #job: Job<Given, readonly [Item], unknown>;
  readonly #depth: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onReady: () => void;
  readonly #source: SourceReader<Item>;
  #first: Place | undefined = undefined;
  #last: Place | undefined = undefined;
  /** Items that are under way, with the one that is being read. */
  #underWay = 0;
  #isReading = false;
  #isOpen = true;
  readonly #arrived = (result: IteratorResult<Item, unknown>) =>
    this.#arrive(result);
  readonly #broken = (reason: unknown) => this.#break(reason);
  readonly #onClosing = () => {
    const { reason } = this.#object.closing;
    void this.#cancel({ state: "failed", reason });
    this.#end({ state: "failed", reason });
  };
  readonly #onAbort = () => {
    void this.stop({ state: "failed", reason: this.#signal!.reason });
  };

  /** @param onReady Called when {@linkcode take} has something, after it had nothing. */
  constructor(
    action: string,
    object: Ordered<Given>,
    source: PipeSource<Item>,
    job: Job<Given, readonly [Item], unknown>,
    { depth = DEFAULT_DEPTH, signal }: PipeOptions,
    onReady: () => void,
  ) {
    checkJob(job);
    if (!(depth === Infinity || (Number.isSafeInteger(depth) && depth > 0))) {
      throw new RangeError(
        `Cannot ${action} as 'depth' must be a positive integer or Infinity: received ${
          String(depth)
        }`,
      );
    }
    if (signal !== undefined) checkSignal(action, signal);
    this.#object = object;
    this.#job = job;
    this.#depth = depth;
    this.#signal = signal;
    this.#onReady = onReady;
    this.#source = openSource(action, source);
    if (signal?.aborted) this.#onAbort();
    else if (object.closing.aborted) this.#onClosing();
    else {
      signal?.addEventListener("abort", this.#onAbort);
      object.closing.addEventListener("abort", this.#onClosing);
      this.#read();
    }
  }

  /** Whether it is known what the oldest item has come to. */
  get isReady(): boolean {
    return this.#first?.outcome !== undefined;
  }

  /** What the oldest item has come to, if that is known: it is under way no more. */
  take(): PipeOutcome | undefined {
    const place = this.#first;
    if (place?.outcome === undefined) return undefined;
    this.#first = place.next;
    if (this.#first === undefined) this.#last = undefined;
    if (place.outcome.state === "value") {
      this.#underWay--;
      this.#read();
    } else this.#forgetSignal();
    return place.outcome;
  }

  /**
   * Gives up all items that are under way, and ends with an outcome. Resolves when
   * the source has let go of what it has.
   */
  stop(outcome: PipeOutcome): Promise<unknown> {
    this.#forgetSignal();
    giveUp(this.#first);
    this.#first = this.#last = undefined;
    const cancelled = this.#cancel(outcome);
    this.#end(outcome);
    return cancelled;
  }

  #read(): void {
    if (
      this.#isReading || !this.#isOpen || this.#underWay >= this.#depth
    ) return;
    this.#isReading = true;
    this.#underWay++;
    try {
      this.#source.read().then(this.#arrived, this.#broken);
    } catch (error) {
      this.#break(error);
    }
  }

  #arrive(result: IteratorResult<Item, unknown>): void {
    this.#isReading = false;
    if (!this.#isOpen) return;
    if (result.done) return this.#release(END);
    const future = this.#object.futureSync(this.#job, result.value);
    const place = this.#add(undefined, future);
    future.then(
      (value) => this.#settle(place, { state: "value", value }),
      (reason) => this.#settle(place, { state: "failed", reason }),
    );
    this.#read();
  }

  /** The source has failed. */
  #break(reason: unknown): void {
    this.#isReading = false;
    if (this.#isOpen) this.#release({ state: "failed", reason });
  }

  /** The source has ended by itself. */
  #release(outcome: PipeOutcome): void {
    this.#close();
    this.#source.release();
    this.#end(outcome);
  }

  /** An item has come to something. */
  #settle(place: Place, outcome: PipeOutcome): void {
    place.outcome = outcome;
    place.future = undefined;
    if (outcome.state === "failed") {
      // It is the end: nobody takes what is behind it.
      giveUp(place.next);
      void this.#cancel(outcome);
    }
    if (place === this.#first) this.#onReady();
  }

  /** Puts an outcome behind the items that are under way. */
  #end(outcome: PipeOutcome): void {
    const place = this.#add(outcome, undefined);
    if (place === this.#first) this.#onReady();
  }

  #add(
    outcome: PipeOutcome | undefined,
    future: SyncFuture<unknown> | undefined,
  ): Place {
    const place: Place = { outcome, future, next: undefined };
    if (this.#last === undefined) this.#first = place;
    else this.#last.next = place;
    return this.#last = place;
  }

  /** Reads no more, and tells the source why. */
  #cancel(outcome: PipeOutcome): Promise<unknown> {
    if (!this.#isOpen) return DONE;
    this.#close();
    const reason = outcome.state === "failed" ? outcome.reason : undefined;
    const cancelled = this.#source.cancel(reason, this.#isReading);
    // A failure has been reported already; else it is for who waits for this.
    cancelled.catch(() => {});
    return cancelled;
  }

  #forgetSignal(): void {
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  #close(): void {
    this.#isOpen = false;
    this.#object.closing.removeEventListener("abort", this.#onClosing);
  }
}

/** Nobody will ask what these items come to; jobs that have not started do not run. */
function giveUp(first: Place | undefined): void {
  for (let place = first; place !== undefined; place = place.next) {
    place.future?.cancel();
  }
}
