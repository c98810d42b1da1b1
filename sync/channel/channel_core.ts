/**
 * What a channel and its ends have in common, in one thread.
 *
 * @module
 */

import { allocate } from "../memory/arena.ts";
import { EVENT_COUNT_SIZE, EventCount } from "../thread/event_count.ts";
import { checkHandle, type SharedHandle } from "../memory/handle.ts";
import { LINE, partOf, type SharedSlice, wordsOf } from "../memory/memory.ts";
import { type ChannelForm, formWordsOf, shapeOf } from "./channel_form.ts";
import type { Codec } from "./codec.ts";
import { Ends, ENDS_SIZE, MAX_ENDS } from "./ends.ts";
import type { Flavor, Shape, Store } from "./flavor.ts";

const FORM = 0; // in bytes: what the maker wrote, once
const SENDERS = FORM + LINE;
const RECEIVERS = SENDERS + ENDS_SIZE;
const ITEMS = RECEIVERS + ENDS_SIZE;
const ROOM = ITEMS + EVENT_COUNT_SIZE;
const STORE = ROOM + EVENT_COUNT_SIZE;

/** The most memory of a channel, in bytes: the largest reserve and what keeps order in it. */
const MOST_MEMORY = 2 ** 32 + 2 ** 26;

/** The sides, the event counts, and how to get at the store. */
export class ChannelCore<T> {
  /** Where the channel is. */
  readonly slice: SharedSlice;
  /** What it is, as plain data. */
  readonly form: ChannelForm;
  /** What it is for a store. */
  readonly shape: Shape<T>;
  /** Who sends. */
  readonly senders: Ends;
  /** Who receives. */
  readonly receivers: Ends;
  /** Signalled when a message came, or no more will. */
  readonly items: EventCount;
  /** Signalled when there is room, or nobody will ever take anything. */
  readonly room: EventCount;
  /** A store for what concerns no end: sizes, seals. */
  readonly store: Store<T>;
  readonly #flavor: Flavor;
  /** The side that was found to be gone last. */
  #gone: Ends | undefined;

  private constructor(
    slice: SharedSlice,
    form: ChannelForm,
    shape: Shape<T>,
    flavor: Flavor,
  ) {
    const at = (offset: number) => partOf(slice, offset);
    const most = form.single ? 1 : MAX_ENDS;
    this.slice = slice;
    this.form = form;
    this.shape = shape;
    this.senders = new Ends(at(SENDERS), most);
    this.receivers = new Ends(at(RECEIVERS), most);
    this.items = new EventCount(at(ITEMS));
    this.room = new EventCount(at(ROOM));
    this.#flavor = flavor;
    this.store = this.attachStore();
  }

  /** Makes a channel. */
  static create<T>(
    form: ChannelForm,
    codec: Codec<T> | undefined,
  ): ChannelCore<T> {
    const { shape, flavor, number } = shapeOf("create channel", form, codec);
    const size = sizeOf("create", flavor, shape);
    const core = new ChannelCore(allocate(size), form, shape, flavor);
    core.store.init();
    const words = wordsOf(core.slice, LINE / 4);
    formWordsOf(form, number, shape).forEach((word, k) => {
      Atomics.store(words, k, word);
    });
    return core;
  }

  /**
   * Attaches to a channel.
   *
   * @throws {TypeError} If the handle is none, or one of another class, or the
   * codec is missing or another one.
   * @throws {RangeError} If it is not the handle of what is there.
   */
  static attach<T, K extends string>(
    kind: K,
    handle: SharedHandle<K> & ChannelForm,
    codec: Codec<T> | undefined,
  ): ChannelCore<T> {
    let shaped: ReturnType<typeof shapeOf<T>> | undefined;
    checkHandle(kind, handle, () => {
      shaped = shapeOf(`attach to ${kind}`, handle, codec);
      return sizeOf("attach to", shaped.flavor, shaped.shape);
    });
    const { shape, flavor, number } = shaped!;
    const { buffer, byteOffset, kind: _, ...form } = handle;
    const slice = { buffer, byteOffset };
    const words = wordsOf(slice, LINE / 4);
    const wanted = formWordsOf(form, number, shape);
    if (wanted.some((word, k) => Atomics.load(words, k) !== word)) {
      throw new RangeError(
        `Cannot attach to ${kind} as there is none of that form: the handle says capacity ${form.capacity}`,
      );
    }
    return new ChannelCore(slice, form, shape, flavor);
  }

  /** A handle of this channel, or of an end of it. */
  handleOf<K extends string>(kind: K): SharedHandle<K> & ChannelForm {
    return { kind, ...this.slice, ...this.form };
  }

  /** How many messages there can be: 0 for a rendezvous, `Infinity` without a limit. */
  get capacity(): number {
    return this.shape.capacity;
  }

  /** How many messages there are; 0 once nobody will receive them. */
  get size(): number {
    return this.receivers.isGone ? 0 : this.store.size;
  }

  /** Whether there is no message. */
  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** Whether there is no room: always so for a rendezvous. */
  get isFull(): boolean {
    return this.size >= this.capacity;
  }

  /**
   * Checks that a side may have several ends.
   *
   * @throws {TypeError} If the channel is for one of each side.
   */
  checkMany(end: "sender" | "receiver"): void {
    if (!this.form.single) return;
    throw new TypeError(
      `Cannot clone ${end} as its channel was made with 'single', so there is one ${end} at a time`,
    );
  }

  /** A store for an end that has been opened. */
  attachStore(): Store<T> {
    return this.#flavor.attach(partOf(this.slice, STORE), this.shape);
  }

  /**
   * Whether nobody of a side is left: looks who is there. If it says so, no message
   * comes after this, also where another thread is about to seal the store.
   */
  isGone(side: Ends): boolean {
    if (!side.look()) return false;
    if (this.#gone !== side) {
      this.seal();
      this.#gone = side;
    }
    return true;
  }

  /** No message comes after this. To be called when a side is gone, or both. */
  seal(): void {
    this.store.seal();
    this.items.signal();
    this.room.signal();
    this.store.meeting?.wakeAll();
  }
}

function sizeOf(
  action: string,
  flavor: Flavor,
  shape: Shape<unknown>,
): number {
  const size = STORE + flavor.byteLength(shape);
  if (size <= MOST_MEMORY) return size;
  throw new RangeError(
    `Cannot ${action} channel as it would need more than ${MOST_MEMORY} bytes: received capacity ${shape.capacity}`,
  );
}
