/**
 * Reading mail: what the doorbell says, frame by frame, with answers leaving in
 * between.
 *
 * @module
 */

import { CorruptFrameError, type Reader } from "../../codec/reader.ts";
import type { Doorbell } from "../../sync/mail/doorbell.ts";
import type { EventLoop } from "./event_loop.ts";
import type { Expectations } from "./expectations.ts";
import { LARGEST_BATCH, nextBatch, type Outbox } from "./outbox.ts";
import type { Peer } from "./peer.ts";
import type { Recorder } from "../stats/recorder.ts";
import type { Sides } from "./sides.ts";
import type { UnboundWork } from "./unbound_work.ts";

/** What reading needs. */
export interface InboxOptions {
  /** Says who has sent something. */
  readonly bell: Doorbell;
  /** The thread in a slot. */
  readonly peer: (slot: number) => Peer;
  /** The thread in a slot, also if it is another one since. */
  readonly renew: (slot: number) => Peer;
  /** All threads that were not forgotten, by slot. */
  readonly peers: readonly (Peer | undefined)[];
  /** Handles a frame. */
  readonly receive: (from: Peer, kind: number, frame: Reader) => void;
  /** Handles frames about what travels beside them. */
  readonly sides: Sides;
  /** What is answered. */
  readonly outbox: Outbox;
  /** How long a turn lasts. */
  readonly loop: EventLoop;
  /** Who may call next. */
  readonly expectations: Expectations;
  /** What others count on this thread for, while it has no mail. */
  readonly unbound: UnboundWork;
  /** Counts what is read. */
  readonly recorder: Recorder;
}

/** The mail of this thread. */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #bell: Doorbell;
  readonly #outbox: Outbox;

  /** Opens an inbox. */
  constructor(options: InboxOptions) {
    this.#options = options;
    this.#bell = options.bell;
    this.#outbox = options.outbox;
  }

  /** Reads what is there. Returns whether there was anything. */
  read(): boolean {
    const bell = this.#bell;
    if (!bell.rung) return false;
    this.#options.unbound.countOn(false);
    const mail = bell.visitMail(this.readFrom);
    const room = bell.visitRoom(this.#useRoom);
    return mail || room;
  }

  /** Reads what the thread in a slot has sent. */
  readonly readFrom = (slot: number): void => {
    const { renew, peers, receive, sides, loop, recorder } = this.#options;
    const peer = renew(slot);
    this.#options.expectations.lastSender = peer;
    let read = 0;
    let batch = 1;
    let counted = 0;
    let bytes = 0;
    for (let kind = peer.next(); kind >= 0; kind = peer.next()) {
      bytes += 4 * (peer.frame.end - peer.frame.at);
      try {
        if (!sides.receive(peer, kind, peer.frame)) {
          receive(peer, kind, peer.frame);
        }
      } catch (error) {
        // Nobody knows what it was about; this thread has others to serve.
        if (!(error instanceof CorruptFrameError)) throw error;
      }
      const isKnown = peers[slot] === peer;
      if (++read < batch && isKnown) continue;
      // Before the answers leave: whoever has them finds their frames counted.
      recorder.frameIn(bytes, read - counted);
      counted = read;
      bytes = 0;
      if (!isKnown) return; // forgotten meanwhile
      this.#outbox.flush();
      batch = nextBatch(read);
      if (read >= LARGEST_BATCH && loop.endLongTurn()) {
        this.#bell.ringForMail(slot); // to come back to the rest
        break;
      }
    }
    if (read > counted) recorder.frameIn(bytes, read - counted);
    peer.release();
  };

  readonly #useRoom = (slot: number): void => {
    this.#outbox.publish(this.#options.peer(slot));
  };
}
