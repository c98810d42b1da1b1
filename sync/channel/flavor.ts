/**
 * What a channel asks of the store of its messages, and what `select` asks of the
 * ends: internal interfaces.
 *
 * A store holds messages and knows nothing of ends. `channel_core.ts` puts both
 * together; senders and receivers wait.
 *
 * @module
 */

import type { EventCount } from "../thread/event_count.ts";
import type { SharedSlice } from "../memory/memory.ts";
import type { RecordType } from "../record/record_type.ts";
import type { Codec } from "./codec.ts";

/** What {@linkcode Store.tryPush} did: the message is in the store. */
export const PUSHED = 0;
/** There was no room for it (a rendezvous: nobody was there to take it). */
export const FULL = 1;
/** The store is sealed; the message is not in it. */
export const CLOSED = 2;
/** One of {@linkcode PUSHED}, {@linkcode FULL} and {@linkcode CLOSED}. */
export type Pushed = typeof PUSHED | typeof FULL | typeof CLOSED;

/** What a channel is made for. The same in all threads: it follows from the handle. */
export interface Shape<T> {
  /** How messages stand in words, if all are of one size. */
  readonly record: RecordType<T> | undefined;
  /** How messages become bytes. Always there: records have one too. */
  readonly codec: Codec<T>;
  /** The most messages: 0 for a rendezvous, `Infinity` if there is no limit. */
  readonly capacity: number;
  /** Bytes for messages of a store that grows. */
  readonly reserve: number;
}

/**
 * A kind of store. `new` attaches; whoever makes the channel calls `init()` on
 * zeroed memory before anybody else can see it.
 */
export interface Flavor {
  /** The memory that a store takes, in bytes: whole lines. */
  byteLength(shape: Shape<unknown>): number;
  /**
   * Attaches to a store. Each end makes one of its own when it has been opened:
   * so what one end remembers (positions, scratch memory) can stand in there.
   */
  attach<T>(slice: SharedSlice, shape: Shape<T>): Store<T>;
}

/**
 * Where the messages of a channel are. All calls are short, tell nobody (the
 * caller signals), and leave all or nothing when their thread is lost.
 */
export interface Store<T> {
  /** Makes the store out of zeroed memory. Once, by the maker of the channel. */
  init(): void;
  /**
   * Checks a message before anything is changed.
   *
   * @throws {TypeError} If it is none that the channel can carry. What `codec`
   * cannot carry is said when it is encoded; `undefined`, the caller has refused.
   */
  check(value: T): void;
  /**
   * Puts a message at the end, if there is room. Refuses what `check()` refuses,
   * except `undefined`, which the caller has refused.
   *
   * It is tried again and again by who waits. So a store that encodes looks for
   * room, and whether it is sealed, before it does. What `encode` throws is
   * thrown, and the store stays as it was. Code of the user (a codec, a getter)
   * never runs while other threads may wait for this one.
   *
   * `call`, if given, is the number of a call that waits, during which nobody
   * changes the message: a store may remember that it had no memory for it.
   */
  tryPush(value: T, call?: number): Pushed;
  /**
   * Takes the oldest message; `undefined` if there is none.
   *
   * `into`, if given, is an object that the message may be read into. A message that
   * `decode` throws at is taken.
   */
  tryPop(into?: T): T | undefined;
  /**
   * From the return of this call on no `tryPush` puts anything in: if the store is then found empty
   * by a `tryPop` that begins after it, it is empty for ever. `tryPush` says `CLOSED` from now on,
   * also where there is no room; `tryPop` goes on. Idempotent; many threads may call it, any of which may be
   * lost in it.
   */
  seal(): void;
  /** How many messages there are, at this moment. A rendezvous: 0. */
  readonly size: number;
  /**
   * How to wait, where a push waits for a pop and not for room. Only for
   * a rendezvous; `undefined` for stores whose ends wait at the event counts.
   */
  readonly meeting: Meeting<T> | undefined;
}

/**
 * What a channel tells a rendezvous that waits. The channel calls `push` after
 * `tryPush` said `FULL`, and `pop` after `tryPop` found nothing.
 */
export interface MeetingOptions<T> {
  /** What is waited for, as messages say it. */
  readonly action: string;
  /** How long to wait at most, in ms. */
  readonly timeout?: number | undefined;
  /** For the async doors: gives up the wait. */
  readonly signal?: AbortSignal | undefined;
  /** What a pop may read the message into. */
  readonly into?: T | undefined;
  /**
   * Whether the other side is gone: looks at the records of its threads. Before each
   * sleep, which is no longer than a slice. When it says yes, the store is sealed.
   */
  isOver(): boolean;
}

/** The waiting doors of a rendezvous. They wake their partners themselves. */
export interface Meeting<T> {
  /** Blocks. `PUSHED` once a receiver has the message, `CLOSED` if none will. Throws `TimeoutError`. */
  push(value: T, options: MeetingOptions<T>): Pushed;
  /** The same without blocking the thread. */
  pushAsync(value: T, options: MeetingOptions<T>): Promise<Pushed>;
  /** Blocks. The message; `undefined` if none will come. Throws `TimeoutError`. */
  pop(options: MeetingOptions<T>): T | undefined;
  /** The same without blocking the thread. */
  popAsync(options: MeetingOptions<T>): Promise<T | undefined>;
  /** Wakes all who wait here, of both sides: one of them is gone. */
  wakeAll(): void;
}

/** What {@linkcode ReceiverArm.tryTake} says where nothing will ever come again. */
export const ENDED: unique symbol = Symbol("ended");

/**
 * A receiver, as `select` sees it: see `arms.ts`. Receivers of time have one too.
 */
export interface ReceiverArm<T> {
  /**
   * Checks that this end is open. Once, before the first {@linkcode tryTake}.
   *
   * @throws {TypeError} If it is closed.
   */
  check(): void;
  /**
   * Takes a message if there is one, and tells those who wait for room. `ENDED`
   * once the other side is gone and all is taken; looks at the records of the other side's threads.
   *
   * @throws {TypeError} If this end is closed.
   */
  tryTake(): T | undefined | typeof ENDED;
  /** What is signalled when something may have come, or ended. `undefined`: nothing is (time). */
  readonly events: EventCount | undefined;
  /** When to look again at the latest, in ms of `performance.now()`. `Infinity` but for receivers of time. */
  readonly due: number;
  /** The store, for what a rendezvous needs besides (`instanceof`). */
  readonly store: Store<T> | undefined;
}

/** A sender, as `select` sees it. */
export interface SenderArm<T> {
  /**
   * Checks a message. Once, before the first {@linkcode tryGive}.
   *
   * @throws {TypeError} If it is none that the channel can carry.
   */
  check(value: T): void;
  /**
   * Sends a message if there is room, and tells those who wait for one.
   *
   * @throws {TypeError} If this end is closed.
   */
  tryGive(value: T): Pushed;
  /** What is signalled when there may be room, or when the other side is gone. */
  readonly events: EventCount;
  /** The store, for what a rendezvous needs besides (`instanceof`). */
  readonly store: Store<T>;
}
