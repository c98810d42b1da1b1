/**
 * What travels beside the frames between two threads, since it cannot be bytes: shared
 * buffers, and what is moved.
 *
 * It goes by a MessagePort, posted before its frame is published, and is taken from
 * there when the frame is met: the order of the ring is the only order. A frame with
 * attachments ends with a table of them:
 *
 * ```
 * for each shared buffer: its number, doubled; and one more if it comes with the frame
 * the numbers of buffers to let go of
 * how many of these; how many of those
 * how many messages were posted up to this one; 0: there is none with the frame
 * ```
 *
 * @module
 */

import { ReceivedBuffers, SentBuffers } from "../../codec/buffer_table.ts";
import type { Reader } from "../../codec/reader.ts";
import {
  loadedTaker,
  loadTaker,
  type TakeMessage,
  takerNow,
} from "../../codec/take_message.ts";
import type { Writer } from "../../codec/writer.ts";
import { allocate } from "../../sync/memory/arena.ts";
import { wordsOf } from "../../sync/memory/memory.ts";

/** A number, the buffers that come with a frame, and what is moved with it. */
type Message = [number, SharedArrayBuffer[], unknown[]];

/** Words of a table besides the numbers. */
const FIXED = 3;
/** How long to wait for a message that must be there, in ms. */
const PATIENCE = 1000;
/** How long to wait between two looks, in ms. */
const PAUSE = 1;

/** What a side way is told. */
export interface SideOptions {
  /** Makes the port to the other thread, on first need. */
  readonly open: () => MessagePort;
  /**
   * The other thread can let go of buffers. It learns that from the next frame with
   * attachments, be it an empty one.
   */
  readonly onDrop: () => void;
  /** What was missing for a frame is there now. */
  readonly onReady: () => void;
  /** Whether this thread blocks, so that nothing can be loaded meanwhile. */
  readonly blocks: () => boolean;
}

/** The side way between this thread and one other. */
export class Side {
  readonly #options: SideOptions;
  readonly #sent: SentBuffers;
  readonly #received = new ReceivedBuffers();
  #outlet: MessagePort | undefined;
  #inlet: MessagePort | undefined;
  #closed = false;
  #posted = 0;
  #taken = 0;

  /** Without a port yet. */
  constructor(options: SideOptions) {
    this.#options = options;
    this.#sent = new SentBuffers(() => {
      if (!this.#closed) options.onDrop();
    });
  }

  /** Uses a port in both directions. */
  connect(port: MessagePort): void {
    this.#outlet = port;
    this.#inlet = port;
  }

  /** Uses a port for what the other thread sends. */
  accept(port: MessagePort): void {
    this.#inlet = port;
    this.#options.onReady();
  }

  /** Whether something can be sent without a port being made for it. */
  get isConnected(): boolean {
    return this.#outlet !== undefined;
  }

  /** How many buffers of the other thread are kept. */
  get kept(): number {
    return this.#received.size;
  }

  /** Lets go of everything. */
  close(): void {
    this.#closed = true;
    this.#outlet?.close();
    this.#inlet?.close();
  }

  /**
   * Sends what a frame refers to, and ends the frame with the table of it. To be called
   * before the frame is published.
   *
   * @throws {TypeError} If something cannot be moved; nothing is, then.
   */
  attach(out: Writer): void {
    const { buffers = [], moved = [] } = out;
    const sent = this.#sent;
    const fresh = buffers.filter((buffer) =>
      sent.numberOf(buffer) === undefined
    );
    const hasMessage = fresh.length > 0 || moved.length > 0;
    out.reserve(buffers.length + sent.droppable + FIXED);
    if (hasMessage) this.#post([this.#posted + 1, fresh, moved], moved);
    const dropped = sent.takeDropped();
    for (const buffer of buffers) {
      const number = sent.numberOf(buffer);
      out.word(
        number === undefined ? 2 * sent.add(buffer) + 1 : 2 * number,
      );
    }
    for (const number of dropped) out.word(number);
    out.word(buffers.length);
    out.word(dropped.length);
    out.word(hasMessage ? this.#posted : 0);
  }

  #post(message: Message, moved: Transferable[]): void {
    this.#outlet ??= this.#options.open();
    try {
      this.#outlet.postMessage(message, moved);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new TypeError(`Cannot move value to another thread: ${why}`, {
        cause,
      });
    }
    this.#posted++;
  }

  /**
   * Gives a frame its attachments.
   *
   * @returns False if it cannot have them yet, as the port is not here by which they
   * come: the frame, and all after it, must wait for `onReady`.
   */
  take(frame: Reader): boolean {
    const { words, at, end } = frame;
    const room = end - at - FIXED;
    const count = words[end - 3]!;
    const dropped = words[end - 2]!;
    const number = words[end - 1]!;
    if (
      room < 0 || count < 0 || count > room || dropped < 0 ||
      dropped > room - count
    ) return true; // it is corrupt; its values will say so
    const start = end - FIXED - dropped - count;
    let message: Message | undefined;
    if (number !== 0) {
      if (this.#inlet === undefined) return false;
      const take = this.#options.blocks() ? takerNow() : loadedTaker();
      if (take === undefined) {
        loadTaker().then(this.#options.onReady);
        return false;
      }
      if (take !== null) message = this.#next(take, number);
    }
    frame.end = start;
    const [, fresh = [], moved = []] = message ?? [];
    const buffers: SharedArrayBuffer[] = [];
    let next = 0;
    for (let k = start; k < start + count; k++) {
      const which = words[k]! >>> 1;
      if ((words[k]! & 1) === 1 && next < fresh.length) {
        this.#received.add(which, fresh[next++]!);
      }
      // One that is missing is missed by the value that has it.
      buffers.push(this.#received.get(which)!);
    }
    for (let k = start + count; k < end - FIXED; k++) {
      this.#received.drop(words[k]!);
    }
    frame.buffers = buffers;
    frame.moved = moved;
    return true;
  }

  /** The message of a frame that was met: posted before the frame was published. */
  #next(take: TakeMessage, number: number): Message | undefined {
    const deadline = performance.now() + PATIENCE;
    while (this.#taken !== number) {
      const received = take(this.#inlet!);
      if (received !== undefined) {
        const message = received.message as Message;
        this.#taken = message[0];
        if (this.#taken === number) return message;
      } else if (performance.now() > deadline) return undefined;
      else Atomics.wait(never ??= wordsOf(allocate(4), 1), 0, 0, PAUSE);
    }
    return undefined;
  }
}

/** A word that nobody changes. */
let never: Int32Array | undefined;
