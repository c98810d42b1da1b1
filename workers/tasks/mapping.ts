/**
 * A mapping that is under way: which items were taken, where they are, and what came
 * of them.
 *
 * @module
 */

import { nextTurn } from "../life/next_turn.ts";
import type { AnyIterator } from "../streams/iterator_of.ts";
import type { BatchOutcome, BatchPart } from "./batch_frame.ts";
import { BatchSize } from "./batch_size.ts";
import { ItemSource, type ItemTaker } from "./item_source.ts";
import type { TaskCall } from "./task_call.ts";
import type { TaskForm } from "./task_port.ts";

/** What is to be done. */
export interface MappingOptions {
  /** Opens the source. */
  readonly open: () => AnyIterator;
  /** Sends items to a worker. */
  readonly start: (items: readonly unknown[], form: TaskForm) => TaskCall;
  /** How many workers there are. */
  readonly workers: number;
  /** How many items may be taken whose results are not taken. */
  readonly concurrency: number;
  /** Whether results come in the order of the items. */
  readonly ordered: boolean;
  /** How many items may go to a worker in one message. */
  readonly batch: number;
}

/** An item that was taken, and later its result. */
interface Place {
  item: unknown;
  isDone: boolean;
  value: unknown;
}

/** Items that are on their way together. */
interface Flight {
  readonly places: readonly Place[];
  call: TaskCall | undefined;
}

/** How long items wait for others to go with, in ms. */
const PATIENCE = 1;

/** A mapping that is under way. */
export class Mapping {
  readonly #source: ItemSource;
  readonly #options: MappingOptions;
  readonly #size: BatchSize;
  /**
   * Results to come, in the order of the items; or those that came, in that order.
   * From `#first` on: what is before was taken.
   */
  #queue: Place[] = [];
  #first = 0;
  /** How many items were taken whose results were not. */
  #count = 0;
  /** Items that were not sent yet. */
  #gathered: Place[] = [];
  readonly #flights = new Set<Flight>();
  /** Items are sent in the next turn of the event loop. */
  #isSoon = false;
  /** Items are sent when it fires. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** It is asked for no more. */
  #isStopped = false;
  #failure: { readonly reason: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** Takes the first items. */
  constructor(options: MappingOptions) {
    this.#options = options;
    this.#size = new BatchSize(options.batch);
    const taker: ItemTaker = {
      hasRoom: () => !this.#isStopped && this.#count < options.concurrency,
      taken: (item) => this.#taken(item),
      paused: () => this.#sendReady(),
      ended: () => this.#wake?.(),
      failed: (reason) => this.fail(reason),
    };
    this.#source = new ItemSource(options.open(), taker);
    this.#source.fill();
  }

  /** Whether all results were taken, and there are no more items. */
  get isOver(): boolean {
    return this.#source.isExhausted && this.#count === 0 &&
      this.#failure === undefined;
  }

  /**
   * The next result, if it is there.
   *
   * @throws What has failed.
   */
  take(): { readonly value: unknown } | undefined {
    if (this.#failure !== undefined) throw this.#failure.reason;
    if (!this.#hasNext) return undefined;
    const place = this.#queue[this.#first];
    this.#count--;
    if (2 * ++this.#first >= this.#queue.length) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
    this.#source.fill();
    return place;
  }

  /** Resolves when something has come, or failed. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#wake = resolve);
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
    clearTimeout(this.#timer);
    this.#cancel();
    await Promise.all([...this.#flights].map(({ call }) => call?.over));
    await this.#source.close();
  }

  #cancel(): void {
    this.#isStopped = true;
    for (const { call } of this.#flights) {
      call?.cancel(this.#failure?.reason ?? call.aborted());
    }
  }

  #taken(item: unknown): void {
    if (this.#isStopped) return;
    const place = { item, isDone: false, value: undefined };
    this.#count++;
    if (this.#options.ordered) this.#queue.push(place);
    this.#gathered.push(place);
    if (this.#gathered.length >= this.#size.now) this.#send();
  }

  /** Whether the next result is there. */
  get #hasNext(): boolean {
    return this.#queue[this.#first]?.isDone === true;
  }

  /**
   * Sends what goes together. Items wait for others to go with only while each worker
   * may have some, for a while: these may take long, or wait for those; or while more
   * are about to be taken, since there are results to take: until the next turn, since
   * nobody may take these.
   */
  #sendReady(): void {
    const { workers } = this.#options;
    while (this.#gathered.length > 0 && !this.#isStopped) {
      if (this.#gathered.length < this.#size.now) {
        if (this.#flights.size >= workers) return this.#sendLater();
        if (this.#hasNext) return this.#sendSoon();
      }
      this.#send();
    }
  }

  #sendAll(): void {
    while (this.#gathered.length > 0 && !this.#isStopped) this.#send();
  }

  #sendSoon(): void {
    if (this.#isSoon) return;
    this.#isSoon = true;
    nextTurn().then(() => {
      this.#isSoon = false;
      this.#sendAll();
    });
  }

  #sendLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#sendAll();
    }, PATIENCE);
  }

  #send(): void {
    const { batch, start } = this.#options;
    const flight: Flight = {
      places: this.#gathered.splice(0, this.#size.now),
      call: undefined,
    };
    this.#flights.add(flight);
    const items = flight.places.map(({ item }) => item);
    let call: TaskCall;
    try {
      call = flight.call = start(
        items,
        batch === 1
          ? { isBounded: true }
          : { isBounded: true, isBatch: true, items: this.#sinkOf(flight) },
      );
    } catch (error) {
      return this.fail(error);
    }
    call.promise.then(
      (outcome) => this.#landed(flight, outcome),
      (reason) => this.fail(reason),
    );
  }

  /** Where results go that come before those of the other items. */
  #sinkOf(flight: Flight): NonNullable<TaskForm["items"]> {
    return {
      item: (part) => {
        const [index, value] = part as BatchPart;
        this.#settle(flight.places[index]!, value);
        this.#wake?.();
      },
      broken: (error) => this.fail(error),
    };
  }

  #landed(flight: Flight, outcome: unknown): void {
    this.#flights.delete(flight);
    if (this.#options.batch === 1) this.#settle(flight.places[0]!, outcome);
    else this.#settleAll(flight, outcome as BatchOutcome);
    this.#sendReady();
    this.#wake?.();
  }

  #settleAll({ places, call }: Flight, outcome: BatchOutcome): void {
    const left = places.filter(({ isDone }) => !isDone);
    const { values } = outcome;
    values.forEach((value, k) => this.#settle(left[k]!, value));
    const started = places.length - left.length + values.length;
    this.#size.ran({ ...outcome, count: started, sent: call!.byteLength });
    if (this.#isStopped) return;
    // They took long: the others go to whoever is free, and not behind these.
    this.#gathered.unshift(...left.slice(values.length));
  }

  #settle(place: Place, value: unknown): void {
    place.isDone = true;
    place.value = value;
    place.item = undefined;
    if (!this.#options.ordered) this.#queue.push(place);
  }
}
