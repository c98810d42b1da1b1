/**
 * Mailboxes: how the threads of a runtime talk.
 *
 * The protocol is in `workers/README.md`, "Mailbox". In short: frames are staged
 * during a turn of the event loop and published at its end; a thread that has
 * nothing to do polls its doorbell for an adaptive moment, in microtasks so that
 * the promises it resolved go on, and then sleeps on it.
 *
 * @module
 */

import type { Reader } from "../../codec/reader.ts";
import type { Writer } from "../../codec/writer.ts";
import { Doorbell } from "../../sync/mail/doorbell.ts";
import type { Fabric } from "../fabric/fabric.ts";
import type { Injection } from "../injection/injection.ts";
import type { Priority } from "../../sync/mail/injector.ts";
import { BlockedWait, type Blocking } from "./blocked_wait.ts";
import { EventLoop } from "./event_loop.ts";
import { Expectations } from "./expectations.ts";
import { Inbox } from "./inbox.ts";
import { Outbox } from "./outbox.ts";
import { Peer } from "./peer.ts";
import { Poll } from "./poll.ts";
import { Sides } from "./sides.ts";
import { Standing } from "./standing.ts";
import { Recorder } from "../stats/recorder.ts";
import { type RunUnbound, UnboundWork } from "./unbound_work.ts";
import { type Watched, WatchedWork } from "./watched_work.ts";

/** What a mailbox is told about the thread it belongs to. */
export interface MailboxOptions {
  /** The slot of this thread. */
  readonly slot: number;
  /**
   * How to reach another thread in its event loop, where a message does: that
   * thread then calls `ring()`. Undefined: its doorbell does.
   */
  readonly callerOf: (slot: number) => (() => void) | undefined;
  /** Handles a frame. Calls `from.release()` once it has read it. */
  readonly receive: (from: Peer, kind: number, frame: Reader) => void;
  /**
   * Whether this thread serves: it then expects mail at any time. One that only
   * calls expects mail while calls are under way.
   */
  readonly serves: boolean;
  /** Whether others call this thread through its doorbell, and not by messages. */
  readonly hears: boolean;
  /** Another thread has the slot of a peer now. */
  readonly replaced: (former: Peer) => void;
  /** The unbound tasks of the runtime. */
  readonly injection?: Injection;
  /** Runs an unbound task. It takes some once it is told to. */
  readonly runUnbound?: RunUnbound;
  /** Runs a function as part of nothing that runs on this thread. Default: just so. */
  readonly outside?: (run: () => void) => void;
  /** Counts what this thread does. Default: nobody reads it. */
  readonly recorder?: Recorder;
}

/** The mailbox of this thread. */
export class Mailbox {
  /** The slot of this thread. */
  readonly slot: number;
  /** Which of all threads that had its slot this one is. */
  readonly generation: number;
  /** What travels beside the frames of this thread. */
  readonly sides: Sides;
  /** Counts what this thread does. */
  readonly recorder: Recorder;
  /** From whom this thread expects mail. */
  readonly expectations: Expectations;
  /** The unbound tasks that this thread takes. */
  readonly unbound: UnboundWork;
  /** Whether this thread still counts. */
  readonly standing: Standing = new Standing();
  readonly #fabric: Fabric;
  readonly #options: MailboxOptions;
  readonly #bell: Doorbell;
  /** By slot. */
  readonly #peers: (Peer | undefined)[] = [];
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #poll: Poll;
  readonly #blocked: BlockedWait;
  readonly #watched = new WatchedWork();

  /** Opens the mailbox of a slot, which this thread must occupy. */
  constructor(fabric: Fabric, options: MailboxOptions) {
    const { slot, injection, serves, hears, receive } = options;
    this.slot = slot;
    this.generation = fabric.generation(slot);
    this.#fabric = fabric;
    this.#options = options;
    const { standing } = this;
    const sides = this.sides = new Sides(this, fabric);
    const bell = this.#bell = new Doorbell(fabric.doorbell(slot), fabric.slots);
    const peers = this.#peers;
    const expectations = this.expectations = new Expectations(peers, options);
    const loop = new EventLoop();
    const recorder = this.recorder = options.recorder ??
      Recorder.unread(fabric.slots);
    const outbox = this.#outbox = new Outbox({ slot, injection, recorder });
    const run = options.runUnbound;
    const unbound = this.unbound = new UnboundWork({
      injection,
      run,
      bell,
      standing,
      outbox,
      loop,
      recorder,
    });
    const inbox = this.#inbox = new Inbox({
      bell,
      peer: (slot) => this.peer(slot),
      renew: (slot) => this.renew(slot),
      peers,
      receive,
      sides,
      outbox,
      loop,
      expectations,
      unbound,
      recorder,
    });
    const parts = {
      bell,
      loop,
      expectations,
      standing,
      outbox,
      inbox,
      unbound,
      watched: this.#watched,
      recorder,
    };
    const poll = this.#poll = new Poll({
      ...parts,
      outside: options.outside ?? ((run) => run()),
      serves,
      hears,
    });
    this.#blocked = new BlockedWait({ ...parts, peers, poll });
    poll.start();
  }

  /** The thread in a slot. */
  peer(slot: number): Peer {
    return this.#peers[slot] ?? this.#meet(slot);
  }

  #meet(slot: number): Peer {
    const peer = this.#peers[slot] = new Peer(
      this.#fabric,
      this.slot,
      slot,
      { sides: this.sides, call: this.#options.callerOf(slot) },
    );
    this.recorder.opened(slot, peer.generation);
    return peer;
  }

  /** All threads that this one ever talked to and that were not forgotten. */
  get peers(): Peer[] {
    return this.#peers.filter((peer) => peer !== undefined);
  }

  /** The thread in a slot, also if it is another one since. */
  renew(slot: number): Peer {
    const peer = this.#peers[slot];
    if (peer === undefined) return this.peer(slot);
    if (this.#fabric.generation(slot) === peer.generation) return peer;
    this.#options.replaced(peer);
    this.forget(slot);
    return this.peer(slot);
  }

  /** Forgets the thread in a slot: another one takes its place. */
  forget(slot: number): void {
    this.expectations.forget(slot);
    this.#poll.holdLoop();
    const peer = this.#peers[slot];
    if (peer === undefined) return;
    this.#peers[slot] = undefined;
    peer.close();
    this.#outbox.forget(peer);
  }

  /**
   * Sends a frame; it is on its way at the end of this turn, if not before.
   *
   * @throws {TypeError} If something in it cannot be moved; then nothing is sent.
   */
  send(slot: number, kind: number, out: Writer): void {
    this.#outbox.stage(this.peer(slot), kind, out);
    this.#poll.startAnew();
  }

  /** Sends a frame to a thread, unless another one took its place. */
  answer(peer: Peer, kind: number, out: Writer): void {
    if (this.#peers[peer.slot] === peer) this.send(peer.slot, kind, out);
    else out.drop();
  }

  /** Sends a frame at once. */
  sendNow(slot: number, kind: number, out: Writer): void {
    this.send(slot, kind, out);
    this.#outbox.publish(this.peer(slot));
  }

  /**
   * Hands a task over to whichever worker takes it; it is on its way at the end of
   * this turn, if not before.
   *
   * @throws {RangeError} If it is too long for that.
   */
  sendUnbound(priority: Priority, out: Writer): void {
    this.#outbox.stageUnbound(priority, out);
    this.#poll.startAnew();
  }

  /** Publishes all that is staged, now. */
  flush(): void {
    this.#outbox.flush();
  }

  /** Waits for mail, as after a message that went another way. */
  wait(): void {
    this.#poll.start();
  }

  /**
   * Looks at something whenever it looks for mail, until that has work, or this thread is
   * about to sleep or to block.
   *
   * @returns Whether it does: not if it sleeps or blocks already, or has enough to do already.
   */
  watch(what: Watched): boolean {
    return this.#poll.isOn && !this.blocks && this.#watched.add(what);
  }

  /** Looks there no more. */
  unwatch(what: Watched): void {
    this.#watched.remove(what);
  }

  /** Reads on in the ring of a thread, where something was missing. */
  resume(peer: Peer): void {
    this.#bell.ringForMail(peer.slot);
    this.#poll.start();
  }

  /** Reads all mail that is there, without waiting for the event loop. */
  drain(): void {
    // Who rang may have been lost before its message was on its way. With the bits
    // gone nobody else would call, so this thread does not stay asleep.
    if (this.#bell.rung) this.#poll.start();
    this.#inbox.read();
    this.#outbox.flush();
  }

  /** Somebody called this thread. */
  ring(): void {
    this.#poll.ring();
  }

  /** Wakes this thread up if somebody rang who was lost before it could call. */
  rescue(): void {
    this.#poll.rescue();
  }

  /** Whether this thread blocks, so that it must not wait for its event loop. */
  get blocks(): boolean {
    return this.#blocked.isOn;
  }

  /**
   * Blocks this thread, and reads its mail meanwhile. What is received then may
   * block again. A thread that is given up goes on at once.
   */
  block(blocking: Blocking): void {
    this.#blocked.block(blocking);
  }

  /** Stops to look for mail. */
  close(): void {
    this.#outbox.flush();
    this.unbound.stop();
    this.#poll.close();
    for (const peer of this.#peers) peer?.close();
  }
}
