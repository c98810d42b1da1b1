/**
 * A peer: another thread as seen from a mailbox, with the ring to it, the ring
 * from it and the frames that did not fit yet.
 *
 * @module
 */

import { Reader } from "../../codec/reader.ts";
import type { Writer } from "../../codec/writer.ts";
import {
  FrameRingConsumer,
  FrameRingProducer,
  longestFrame,
} from "../../sync/queue/frame_ring.ts";
import { Doorbell } from "../../sync/mail/doorbell.ts";
import type { ThreadId } from "../../sync/thread/thread.ts";
import type { Fabric } from "../fabric/fabric.ts";
import { RELEASE } from "./frame_kind.ts";
import { ATTACHED, CONTINUED, KIND, MORE, PAIR, pair } from "./frame_tag.ts";
import { Side } from "./side.ts";
import { WaitingFrames } from "./waiting_frames.ts";

/** Makes the ways beside the frames. */
export interface SideWays {
  /** Makes the port to a peer, on first need. */
  open(to: Peer): MessagePort;
  /** Tells a peer, by a frame, that it can let go of buffers. */
  release(to: Peer): void;
  /** Reads on in the ring of a peer, where something was missing. */
  resume(from: Peer): void;
  /** Whether this thread blocks. */
  readonly blocks: boolean;
}

/** What a peer is told. */
export interface PeerOptions {
  /** Makes the way beside the frames. */
  readonly sides: SideWays;
  /** Reaches the peer in its event loop. Undefined: its doorbell does. */
  readonly call: (() => void) | undefined;
}

/** Another thread of the fabric. */
export class Peer {
  /** Where in the fabric it is. */
  readonly slot: number;
  /** Which thread has the slot. */
  readonly thread: ThreadId;
  /** Which of all threads that had the slot it is. */
  readonly generation: number;
  /** Its doorbell. */
  readonly bell: Doorbell;
  /** What it sent. */
  readonly inlet: FrameRingConsumer;
  /** The frame that is being read. */
  readonly frame: Reader;
  /** The context of its frames. */
  context: object | undefined = undefined;
  /** Whether something is staged for it, or waits to be. */
  dirty = false;
  readonly #fabric: Fabric;
  readonly #me: number;
  readonly #outlet: FrameRingProducer;
  readonly #longest: number;
  readonly #outgoing: number;
  readonly #incoming: number;
  #parts: Uint8Array[] = [];
  readonly #waiting = new WaitingFrames();
  readonly #ways: SideWays;
  #side: Side | undefined;
  /** The kind of a frame whose attachments are not here yet, or -1. */
  #kept = -1;

  /**
   * Attaches to the rings between two slots.
   */
  constructor(fabric: Fabric, me: number, slot: number, options: PeerOptions) {
    const { ringCapacity } = fabric.handle;
    const { call } = options;
    this.#ways = options.sides;
    this.#fabric = fabric;
    this.#me = me;
    this.slot = slot;
    this.thread = fabric.occupant(slot);
    this.bell = new Doorbell(fabric.doorbell(slot), fabric.slots, call);
    this.#outlet = new FrameRingProducer(fabric.ring(me, slot), ringCapacity);
    this.inlet = new FrameRingConsumer(fabric.ring(slot, me), ringCapacity);
    this.frame = new Reader(this.inlet.bytes, this.inlet.words);
    this.#longest = longestFrame(ringCapacity);
    const mine = fabric.generation(me);
    const theirs = this.generation = fabric.generation(slot);
    this.#outgoing = pair(mine, theirs);
    this.#incoming = pair(theirs, mine);
  }

  /** How many frames wait for room. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** How many bytes are staged and not yet published. */
  get staged(): number {
    return this.#outlet.staged;
  }

  /** Where the last frame, or part of one, ends that lies in the ring to the peer. */
  get end(): number {
    return this.#outlet.mark >>> 0;
  }

  /**
   * Where the frame that was sent last ends in the ring to the peer. Of one that
   * waits for room it is not known: -1.
   */
  get mark(): number {
    return this.waiting === 0 ? this.end : -1;
  }

  /** Whether the peer has taken what ends at this mark. */
  hasTaken(mark: number): boolean {
    return this.#outlet.hasPassed(mark);
  }

  /** What travels beside the frames. */
  get side(): Side {
    return this.#side ??= new Side({
      open: () => this.#ways.open(this),
      onDrop: () => this.#ways.release(this),
      onReady: () => this.#ways.resume(this),
      blocks: () => this.#ways.blocks,
    });
  }

  /** Lets go of what is beside the rings. */
  close(): void {
    this.#side?.close();
  }

  /**
   * Stages a frame, or keeps it until there is room.
   *
   * @throws {TypeError} If something in it cannot be moved; nothing is sent then.
   */
  stage(kind: number, out: Writer): void {
    if (out.hasAttachments || kind === RELEASE) {
      this.side.attach(out);
      kind |= ATTACHED;
    }
    const length = out.byteLength;
    if (
      this.waiting === 0 && length <= this.#longest &&
      this.#outlet.tryWrite(this.#outgoing | kind, out, 0, length)
    ) return;
    this.#waiting.add(kind, out, length);
  }

  /** Publishes what is staged, and as much of what waits as fits. */
  publish(): void {
    this.dirty = false;
    const outlet = this.#outlet;
    if (outlet.staged !== 0) outlet.publish();
    while (this.waiting > 0) {
      if (this.#stageNext()) {
        outlet.publish();
        continue;
      }
      // Say that we starve, then look once more: room that was made in between
      // is seen here, room that is made later rings our doorbell.
      outlet.starve();
      if (!this.#stageNext()) return;
      outlet.publish();
    }
  }

  /** Stages one frame, or the next part of a long one. */
  #stageNext(): boolean {
    const next = this.#waiting.first;
    const part = Math.min(next.length - next.sent, this.#longest);
    const last = next.sent + part === next.length;
    const tag = this.#outgoing | next.kind | (last ? 0 : MORE) |
      (next.sent === 0 ? 0 : CONTINUED);
    if (!this.#outlet.tryWrite(tag, next.source, next.sent, part)) return false;
    next.sent += part;
    if (last) this.#waiting.removeFirst();
    return true;
  }

  /**
   * Goes to the next complete frame.
   *
   * @returns Its kind, or -1 if there is none; its content is in `frame`.
   */
  next(): number {
    const { inlet, frame } = this;
    if (this.#kept >= 0) return this.#nextKept();
    while (inlet.next()) {
      const { tag, start, length } = inlet;
      if ((tag & PAIR) !== this.#incoming) continue; // of a former thread
      if ((tag & MORE) !== 0) {
        this.#parts.push(inlet.bytes.slice(start, start + length));
        // The sender waits for this room.
        this.release();
        continue;
      }
      if (this.#parts.length > 0) {
        this.#join(start, length);
      } else {
        frame.bytes = inlet.bytes;
        frame.words = inlet.words;
        frame.frame(start, length);
      }
      if ((tag & ATTACHED) === 0 || this.side.take(frame)) return tag & KIND;
      this.#keep(tag & KIND);
      break;
    }
    return -1;
  }

  /** Keeps a frame whose attachments cannot be had yet; those after it must wait. */
  #keep(kind: number): void {
    const { frame } = this;
    const { bytes, words } = frame.copy();
    frame.bytes = bytes;
    frame.words = words;
    frame.frame(0, bytes.length);
    this.#kept = kind;
  }

  #nextKept(): number {
    if (!this.side.take(this.frame)) return -1;
    const kind = this.#kept;
    this.#kept = -1;
    return kind;
  }

  #join(start: number, length: number): void {
    const parts = this.#parts;
    this.#parts = [];
    let total = length;
    for (const part of parts) total += part.length;
    const bytes = new Uint8Array((total + 3) & ~3);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    bytes.set(this.inlet.bytes.subarray(start, start + length), at);
    this.frame.bytes = bytes;
    this.frame.words = new Int32Array(bytes.buffer);
    this.frame.frame(0, total);
  }

  /** Gives back the room of the frames that were read. */
  release(): void {
    if (this.inlet.release()) this.bell.ringForRoom(this.#me);
  }

  /**
   * What this thread sent and the peer never took, oldest first: the kind of
   * each frame and its first word. To be asked when the peer is gone. A frame of
   * which the peer took a part is left out.
   */
  *untaken(): Iterable<{ kind: number; word: number }> {
    const ring = new FrameRingConsumer(
      this.#fabric.ring(this.#me, this.slot),
      this.#fabric.handle.ringCapacity,
    );
    while (ring.next()) {
      const { tag, start } = ring;
      if ((tag & PAIR) !== this.#outgoing || (tag & CONTINUED) !== 0) continue;
      yield { kind: tag & KIND, word: ring.words[start >> 2]! };
    }
    for (const { kind, source, sent } of this.#waiting) {
      if (sent === 0) yield { kind: kind & KIND, word: source.words[0]! };
    }
  }
}
