/**
 * Mailboxes: how the threads of a runtime talk.
 *
 * The protocol is in the folder's README, "Mailbox". In short: frames are staged
 * during a turn of the event loop and published at its end; a thread that has
 * nothing to do polls its doorbell for an adaptive moment, in microtasks so that
 * the promises it resolved go on, and then sleeps on it.
 *
 * @module
 */

import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { platform } from "../ffi/detect.ts";
import { Doorbell } from "../sync/doorbell.ts";
import { hold, release } from "../sync/keep_alive.ts";
import { wordsOf } from "../sync/memory.ts";
import { allocate } from "../sync/arena.ts";
import { Spinner } from "../sync/spin.ts";
import { currentThread, runsElsewhere } from "../sync/thread.ts";
import type { Fabric } from "./fabric.ts";
import { Peer } from "./peer.ts";

/** Whether all threads share one processor, as the engine saw it at the start. */
const ALONE = navigator.hardwareConcurrency === 1;
/** Staged bytes beyond this are published at once. */
const PUBLISH_AT_ONCE = 4096;
/** Looks at the doorbell in one microtask. */
const LOOKS = 8;
/** Microtasks in which continuations run before this thread spins, too. */
const GRACE = 3;
/** Answers that are published together. */
const LARGEST_BATCH = 16;
/** Polls between two looks at the clock. */
const POLLS_PER_CLOCK = 32;
/** How long microtasks may keep timers and sockets waiting, in ms. */
const LONGEST_TURN = 1;

/** What a mailbox is told about the thread it belongs to. */
export interface MailboxOptions {
  /** The slot of this thread. */
  readonly slot: number;
  /** Reaches another thread in its event loop: it then calls `ring()`. */
  readonly call: (slot: number) => void;
  /** Handles a frame. Calls `from.release()` once it has read it. */
  readonly receive: (from: Peer, kind: number, frame: Reader) => void;
  /**
   * Whether this thread serves: it then expects mail at any time. One that only
   * calls expects mail while calls are under way.
   */
  readonly serves: boolean;
}

/** The mailbox of this thread. */
export class Mailbox {
  /** The slot of this thread. */
  readonly slot: number;
  readonly #fabric: Fabric;
  readonly #options: MailboxOptions;
  readonly #bell: Doorbell;
  readonly #peers: (Peer | undefined)[] = [];
  readonly #dirty: Peer[] = [];
  readonly #expected: number[] = [];
  readonly #spinner = new Spinner();
  readonly #nap = wordsOf(allocate(4), 1);
  #expectedInAll = 0;
  #polling = false;
  #asleep = false;
  #holding = false;
  #closed = false;
  #idle = 0;
  #maySpin = false;
  #spun = 0;
  #spunInVain = false;
  #sleepStart = 0;
  #polls = 0;
  #turnStart = 0;
  #turnIsOver = false;
  #lastSender: Peer | undefined;

  /** Opens the mailbox of a slot, which this thread must occupy. */
  constructor(fabric: Fabric, options: MailboxOptions) {
    this.slot = options.slot;
    this.#fabric = fabric;
    this.#options = options;
    this.#bell = new Doorbell(fabric.doorbell(options.slot), fabric.slots);
    this.#activate();
  }

  /** The thread in a slot. */
  peer(slot: number): Peer {
    return this.#peers[slot] ??= new Peer(
      this.#fabric,
      this.slot,
      slot,
      () => this.#options.call(slot),
    );
  }

  /** Forgets the thread in a slot: another one takes its place. */
  forget(slot: number): void {
    this.#expectedInAll -= this.expected(slot);
    this.#expected[slot] = 0;
    if (this.#asleep) this.#holdLoop(this.#expectedInAll > 0);
    const peer = this.#peers[slot];
    if (peer === undefined) return;
    this.#peers[slot] = undefined;
    if (peer.dirty) this.#dirty.splice(this.#dirty.indexOf(peer), 1);
    if (this.#lastSender === peer) this.#lastSender = undefined;
  }

  /** Sends a frame; it is on its way at the end of this turn, if not before. */
  send(slot: number, kind: number, out: Writer): void {
    const peer = this.peer(slot);
    this.#idle = 0;
    peer.stage(kind, out);
    if (peer.staged > PUBLISH_AT_ONCE) this.#publish(peer);
    else if (!peer.dirty) {
      peer.dirty = true;
      this.#dirty.push(peer);
    }
    this.#activate();
  }

  /** Publishes all that is staged, now. */
  flush(): void {
    while (this.#dirty.length > 0) {
      const peer = this.#dirty.pop()!;
      if (peer.dirty) this.#publish(peer);
    }
  }

  /** Expects an answer from a slot: worth waiting for. */
  expect(slot: number): void {
    this.#expected[slot] = this.expected(slot) + 1;
    this.#expectedInAll++;
  }

  /** An expected answer came. */
  expectLess(slot: number): void {
    this.#expected[slot] = this.expected(slot) - 1;
    this.#expectedInAll--;
  }

  /** How many answers are expected from a slot. */
  expected(slot: number): number {
    return this.#expected[slot] ?? 0;
  }

  /** Waits for mail, as after a message that went another way. */
  wait(): void {
    this.#activate();
  }

  /** Reads all mail that is there, without waiting for the event loop. */
  drain(): void {
    this.#drain();
    this.flush();
  }

  /** Stops to look for mail. */
  close(): void {
    this.flush();
    this.#closed = true;
    this.#holdLoop(false);
  }

  #publish(peer: Peer): void {
    peer.publish();
    peer.bell.ringForMail(this.slot);
  }

  /** Sees to it that {@linkcode #poll} runs soon. */
  #activate(): void {
    if (this.#polling || this.#closed) return;
    this.#polling = true;
    if (this.#asleep) this.#wakeUp();
    this.#turnStart = 0;
    this.#pollSoon();
  }

  #pollSoon(): void {
    RESOLVED.then(this.#poll);
  }

  readonly #poll = (): void => {
    if (this.#closed) return;
    this.flush();
    if (this.#drain()) {
      this.flush();
      if (this.#spun > 0) this.#spinner.succeeded(this.#spun);
      this.#idle = this.#spun = 0;
    } else if (!this.#staysAwake()) return this.#sleep();
    if (++this.#polls % POLLS_PER_CLOCK === 0 && this.#turnIsLong()) {
      this.#turnIsOver = true;
    }
    if (this.#turnIsOver) this.#nextTurn();
    else this.#pollSoon();
  };

  #drain(): boolean {
    if (!this.#bell.rung) return false;
    const mail = this.#bell.visitMail(this.#readMail);
    const room = this.#bell.visitRoom(this.#useRoom);
    return mail || room;
  }

  readonly #readMail = (slot: number): void => {
    const peer = this.peer(slot);
    this.#lastSender = peer;
    const { receive } = this.#options;
    let read = 0;
    let batch = 1;
    for (let kind = peer.next(); kind >= 0; kind = peer.next()) {
      receive(peer, kind, peer.frame);
      if (this.#peers[slot] !== peer) return; // forgotten meanwhile
      if (++read < batch) continue;
      // The first answer leaves at once, then ever more of them together: none
      // waits for longer than those before it took.
      this.flush();
      batch = read + Math.min(read, LARGEST_BATCH);
      if (read >= LARGEST_BATCH && this.#turnIsLong()) {
        this.#turnIsOver = true;
        this.#bell.ringForMail(slot); // to come back to the rest
        break;
      }
    }
    peer.release();
  };

  readonly #useRoom = (slot: number): void => {
    this.#publish(this.peer(slot));
  };

  /** Whether to look once more, now that there was nothing. */
  #staysAwake(): boolean {
    const idle = this.#idle++;
    if (idle === 0) this.#maySpin = this.#mayPay();
    // A caller is about to call again, once its promises have gone on.
    if (idle < GRACE) return this.#maySpin || !this.#options.serves;
    return this.#maySpin && this.#spin();
  }

  /** Looks at the doorbell a few times. False when it is time to sleep. */
  #spin(): boolean {
    const bell = this.#bell;
    for (let look = 0; look < LOOKS; look++) {
      if (bell.rung) return true;
      Atomics.pause?.();
    }
    this.#spun += LOOKS;
    return this.#spun < this.#spinner.rounds;
  }

  /** Whether somebody from whom mail may come runs on another processor. */
  #mayPay(): boolean {
    if (ALONE) return false;
    if (!this.#options.serves && this.#expectedInAll === 0) return false;
    this.#locate();
    if (this.#expectedInAll > 0) {
      for (const peer of this.#peers) {
        if (
          peer !== undefined && this.expected(peer.slot) > 0 &&
          runsElsewhere(peer.thread)
        ) return true;
      }
    }
    const last = this.#lastSender;
    return this.#options.serves && last !== undefined &&
      runsElsewhere(last.thread);
  }

  /** Tells the others where this thread runs. */
  #locate(): void {
    const processor = platform().currentProcessor();
    if (processor === undefined) return;
    const { threads, id } = currentThread();
    if (threads.processorOf(id) !== processor) {
      threads.setProcessor(id, processor);
    }
  }

  #sleep(): void {
    this.#spunInVain = this.#spun > 0;
    this.#spun = 0;
    if (!this.#bell.arm("away")) return this.#pollSoon();
    this.#polling = false;
    this.#asleep = true;
    if (this.#spunInVain) this.#sleepStart = performance.now();
    this.#holdLoop(this.#expectedInAll > 0);
  }

  /** Somebody called this thread. */
  ring(): void {
    if (this.#closed || !this.#asleep) return; // it is up already
    this.#polling = true;
    this.#wakeUp();
    this.#turnStart = 0;
    if (this.#spunInVain) {
      this.#spinner.failed(performance.now() - this.#sleepStart);
    }
    this.#poll();
  }

  #wakeUp(): void {
    this.#asleep = false;
    this.#idle = 0;
    this.#bell.disarm();
  }

  /**
   * Holds the event loop open while this thread sleeps and expects answers. It is
   * let go at a sleep without any, not at each wake-up: one call often follows
   * another, and each change is a call of the engine.
   */
  #holdLoop(holding: boolean): void {
    if (holding === this.#holding) return;
    this.#holding = holding;
    if (holding) hold();
    else release();
  }

  /** The clock is first read when a turn has lasted for a while. */
  #turnIsLong(): boolean {
    const now = performance.now();
    if (this.#turnStart === 0) this.#turnStart = now;
    return now - this.#turnStart >= LONGEST_TURN;
  }

  /** Lets timers and sockets have their turn, then goes on. */
  #nextTurn(): void {
    // A wait that is over at once is the cheapest way through the event loop.
    const nap = Atomics.waitAsync(this.#nap, 0, 0);
    Atomics.notify(this.#nap, 0);
    // In any case: promises that go on meanwhile may call and so expect answers.
    this.#holdLoop(true);
    (nap.value as Promise<unknown>).then(() => {
      this.#turnIsOver = false;
      this.#turnStart = 0;
      this.#poll();
    });
  }
}

const RESOLVED: Promise<void> = Promise.resolve();
