/**
 * How two workers get a port between them: the starting thread has one to each of them
 * from their start, and hands on the end of a new channel.
 *
 * A worker that has something to send beside its frames makes a channel, keeps one end
 * and uses it at once. The other end goes to the starting thread (`INTRODUCE`) and from
 * there to the other worker (`INTRODUCED`), which reads no further in the ring of the
 * first one, should it meet the frame before. The starting thread hands ends on
 * whenever it reads its mail, so also while it blocks in a wait of the runtime.
 *
 * @module
 */

import type { Reader } from "../../codec/reader.ts";
import { Writer } from "../../codec/writer.ts";
import { STARTER } from "../life/control.ts";
import type { Fabric } from "../fabric/fabric.ts";
import { INTRODUCE, INTRODUCED, RELEASE } from "./frame_kind.ts";
import type { Peer, SideWays } from "./peer.ts";

/** What the ends need of a mailbox. */
export interface SideMail {
  /** The slot of this thread. */
  readonly slot: number;
  /** Sends a frame. */
  send(slot: number, kind: number, out: Writer): void;
  /** The thread in a slot, also if it is another one since. */
  renew(slot: number): Peer;
  /** Reads on in the ring of a thread. */
  resume(peer: Peer): void;
  /** Whether this thread blocks. */
  readonly blocks: boolean;
}

/** The side ways of this thread. */
export class Sides implements SideWays {
  readonly #mail: SideMail;
  readonly #fabric: Fabric;

  /** Makes side ways through a mailbox. */
  constructor(mail: SideMail, fabric: Fabric) {
    this.#mail = mail;
    this.#fabric = fabric;
  }

  /** Makes the port to a thread to which there is none yet. */
  open(to: Peer): MessagePort {
    const { slot } = this.#mail;
    if (to.slot !== slot && (to.slot === STARTER || slot === STARTER)) {
      throw new Error("Cannot open port as workers get theirs when they start");
    }
    const { port1, port2 } = new MessageChannel();
    if (to.slot === slot) to.side.accept(port2);
    else this.#send(STARTER, INTRODUCE, to, port2);
    return port1;
  }

  /** Tells a thread that it can let go of buffers. */
  release(to: Peer): void {
    const out = new Writer(64);
    out.word(0);
    if (this.#mail.renew(to.slot) === to) {
      this.#mail.send(to.slot, RELEASE, out);
    }
  }

  /** Reads on in the ring of a thread, where something was missing. */
  resume(from: Peer): void {
    this.#mail.resume(from);
  }

  /** Whether this thread blocks. */
  get blocks(): boolean {
    return this.#mail.blocks;
  }

  /** Handles a frame. Returns whether it was one of these. */
  receive(from: Peer, kind: number, frame: Reader): boolean {
    if (kind === RELEASE) return true; // its attachments said it
    if (kind !== INTRODUCE && kind !== INTRODUCED) return false;
    frame.word();
    const slot = frame.word();
    const generation = frame.word();
    const port = frame.moved[0] as MessagePort | undefined;
    frame.moved = [];
    if (port === undefined) return true;
    if (this.#fabric.generation(slot) !== generation) {
      port.close(); // that thread is gone
      return true;
    }
    if (kind === INTRODUCE) {
      // Without a port to it, it was lost, and nobody has its slot yet.
      if (!this.#mail.renew(slot).side.isConnected) port.close();
      else this.#send(slot, INTRODUCED, from, port);
    } else {
      this.#mail.renew(slot).side.accept(port);
    }
    return true;
  }

  /** Sends an end of a channel, of which the other one is at some thread, or is for it. */
  #send(slot: number, kind: number, about: Peer, port: MessagePort): void {
    const out = new Writer(64);
    out.moved = [port];
    out.word(0);
    out.word(about.slot);
    out.word(about.generation);
    this.#mail.send(slot, kind, out);
  }
}
