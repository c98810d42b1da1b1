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

import { CorruptFrameError, Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { platform } from "../ffi/detect.ts";
import { Doorbell } from "../sync/mail/doorbell.ts";
import { hold, release } from "../sync/thread/keep_alive.ts";
import { wordsOf } from "../sync/memory/memory.ts";
import { allocate } from "../sync/memory/arena.ts";
import { Spinner } from "../sync/thread/spin.ts";
import { currentThread, runsElsewhere, SLICE } from "../sync/thread/thread.ts";
import type { Deadline } from "../sync/thread/timeout.ts";
import type { Fabric } from "./fabric.ts";
import type { Injection, Priority } from "./injection.ts";
import { Peer } from "./peer.ts";
import { Sides } from "./sides.ts";

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
/** Unbound tasks that are published at once, and not at the end of the turn. */
const STAGED_AT_MOST = 32;
/** How long microtasks may keep timers and sockets waiting, in ms. */
const LONGEST_TURN = 1;

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
  /**
   * Runs an unbound task, whose frame is read from its first word on. Returns false
   * if this thread cannot, as it blocks. It takes some once it is told to.
   */
  readonly runUnbound?: (frame: Reader) => boolean;
}

/** What a thread blocks for: see {@linkcode Mailbox.block}. */
export interface Blocking {
  /** Whether it goes on. */
  isOver(): boolean;
  /** How long it blocks at most; then it goes on, whatever is. */
  readonly deadline: Deadline;
  /** Is called before each sleep, of at most a slice; what it throws ends all. */
  beforeSleep(): void;
  /** Is called after a sleep in which nobody rang. */
  afterSleep(): void;
}

/** The mailbox of this thread. */
export class Mailbox {
  /** The slot of this thread. */
  readonly slot: number;
  /** What travels beside the frames of this thread. */
  readonly sides: Sides;
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
  #hearing = false;
  #blocked = 0;
  readonly #blockSpinner = new Spinner();
  readonly #injection: Injection | undefined;
  /** The same, if this thread takes unbound tasks. */
  #source: Injection | undefined;
  readonly #unbound = new Reader(new Uint8Array(0), new Int32Array(0));
  /** How many answers are expected to unbound tasks. */
  #expectedFromAny = 0;
  /** Whether others count on this thread, which spins, for unbound tasks. */
  #counted = false;
  readonly #threads = currentThread().threads;
  readonly #me = currentThread().id;
  /** What was published before it found nothing that it can run while it blocks. */
  #seen = -1;

  /** Opens the mailbox of a slot, which this thread must occupy. */
  constructor(fabric: Fabric, options: MailboxOptions) {
    this.slot = options.slot;
    this.#fabric = fabric;
    this.sides = new Sides(this, fabric);
    this.#options = options;
    this.#bell = new Doorbell(fabric.doorbell(options.slot), fabric.slots);
    this.generation = fabric.generation(options.slot);
    this.#injection = options.injection;
    this.#activate();
  }

  /** Which of all threads that had its slot this one is. */
  readonly generation: number;

  /** The thread in a slot. */
  peer(slot: number): Peer {
    return this.#peers[slot] ??= new Peer(
      this.#fabric,
      this.slot,
      slot,
      { sides: this.sides, call: this.#options.callerOf(slot) },
    );
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
    this.#expectedInAll -= this.expected(slot);
    this.#expected[slot] = 0;
    if (this.#asleep) this.#holdLoop(this.#expectedInAll > 0);
    const peer = this.#peers[slot];
    if (peer === undefined) return;
    this.#peers[slot] = undefined;
    peer.close();
    if (peer.dirty) this.#dirty.splice(this.#dirty.indexOf(peer), 1);
    if (this.#lastSender === peer) this.#lastSender = undefined;
  }

  /**
   * Sends a frame; it is on its way at the end of this turn, if not before.
   *
   * @throws {TypeError} If something in it cannot be moved; then nothing is sent.
   */
  send(slot: number, kind: number, out: Writer): void {
    const peer = this.peer(slot);
    this.#idle = 0;
    try {
      peer.stage(kind, out);
    } catch (error) {
      out.drop();
      throw error;
    }
    out.sent();
    if (peer.staged > PUBLISH_AT_ONCE) this.#publish(peer);
    else if (!peer.dirty) {
      peer.dirty = true;
      this.#dirty.push(peer);
    }
    this.#activate();
  }

  /** Sends a frame to a thread, unless another one took its place. */
  answer(peer: Peer, kind: number, out: Writer): void {
    if (this.#peers[peer.slot] === peer) this.send(peer.slot, kind, out);
    else out.drop();
  }

  /** Sends a frame at once. */
  sendNow(slot: number, kind: number, out: Writer): void {
    this.send(slot, kind, out);
    this.#publish(this.peer(slot));
  }

  /** From now on this thread takes unbound tasks. */
  openUnbound(): void {
    this.#source = this.#injection;
    this.#activate();
  }

  /** This thread takes no more unbound tasks. */
  closeUnbound(): void {
    this.#isCountedOn(false);
    const source = this.#source;
    this.#source = undefined;
    source?.awake();
    source?.passOn();
  }

  /**
   * Hands a task over to whichever worker takes it; it is on its way at the end of
   * this turn, if not before.
   *
   * @throws {RangeError} If it is too long for that.
   */
  sendUnbound(priority: Priority, out: Writer): void {
    const injection = this.#injection!;
    injection.stage(priority, out, out.byteLength);
    this.#idle = 0;
    if (injection.staged >= STAGED_AT_MOST) injection.publish();
    this.#activate();
  }

  /** Publishes all that is staged, now. */
  flush(): void {
    const injection = this.#injection;
    if (injection !== undefined && injection.staged > 0) injection.publish();
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

  /** Expects an answer to an unbound task: worth waiting for. */
  expectFromAny(): void {
    this.#expectedFromAny++;
    this.#expectedInAll++;
  }

  /** An answer to an unbound task came, or will not. */
  expectLessFromAny(): void {
    this.#expectedFromAny--;
    this.#expectedInAll--;
  }

  /** How many answers are expected to unbound tasks. */
  get expectedFromAny(): number {
    return this.#expectedFromAny;
  }

  /** How many answers are expected from a slot. */
  expected(slot: number): number {
    return this.#expected[slot] ?? 0;
  }

  /** Waits for mail, as after a message that went another way. */
  wait(): void {
    this.#activate();
  }

  /** Reads on in the ring of a thread, where something was missing. */
  resume(peer: Peer): void {
    this.#bell.ringForMail(peer.slot);
    this.#activate();
  }

  /** Reads all mail that is there, without waiting for the event loop. */
  drain(): void {
    // Who rang may have been lost before its message was on its way. With the bits
    // gone nobody else would call, so this thread does not stay asleep.
    if (this.#bell.rung) this.#activate();
    this.#drain();
    this.flush();
  }

  /** Wakes this thread up if somebody rang who was lost before it could call. */
  rescue(): void {
    if (this.#asleep && this.#bell.rung) this.#activate();
  }

  /** Whether this thread blocks, so that it must not wait for its event loop. */
  get blocks(): boolean {
    return this.#blocked > 0;
  }

  /**
   * Blocks this thread, and reads its mail meanwhile. What is received then may
   * block again.
   */
  block(blocking: Blocking): void {
    if (this.#asleep) this.#wakeUp();
    this.#blocked++;
    const seen = this.#seen;
    this.#seen = -1;
    try {
      // The mail that is just being read is known to nobody else.
      for (const { slot } of this.peers) this.#readMail(slot);
      while (!this.#closed && !blocking.isOver()) {
        this.flush();
        if (this.#drain() || this.#serveBlocked(blocking)) continue;
        if (this.#spinBlocked(blocking)) continue;
        if (blocking.deadline.passed) return;
        this.#sleepBlocked(blocking);
      }
    } finally {
      this.#blocked--;
      this.#seen = seen;
      this.#idle = 0;
      this.#turnStart = 0;
      if (!this.#polling) this.#activate();
    }
  }

  /** Returns whether somebody rang. */
  #spinBlocked(blocking: Blocking): boolean {
    if (!this.#mayPay()) return false;
    const { rounds } = this.#blockSpinner;
    const bell = this.#bell;
    for (let round = 0; round < rounds; round++) {
      if (bell.rung || this.#mayServe) {
        this.#blockSpinner.succeeded(round);
        return true;
      }
      Atomics.pause?.();
    }
    return blocking.isOver();
  }

  #sleepBlocked(blocking: Blocking): void {
    const bell = this.#bell;
    const source = this.#source;
    if (
      source === undefined
        ? !bell.arm("blocked")
        : !source.armBlocked(bell, this.#seen)
    ) return;
    // What could not be published is tried again soon.
    const most = this.#hasStaged ? 1 : SLICE;
    try {
      blocking.beforeSleep();
      const start = performance.now();
      bell.sleep(blocking.deadline.slice(most));
      this.#blockSpinner.failed(performance.now() - start);
    } finally {
      bell.disarm();
      source?.awakeBlocked();
    }
    if (!bell.rung) blocking.afterSleep();
  }

  /** Whether an unbound task was published since this thread, blocked, looked. */
  get #mayServe(): boolean {
    return this.#source !== undefined &&
      this.#source.publications !== this.#seen;
  }

  /**
   * Runs an unbound task that this thread can run while it blocks, if there is
   * one, and gives the others back.
   */
  #serveBlocked(blocking: Blocking): boolean {
    const source = this.#source;
    if (source === undefined) return false;
    const seen = source.publications;
    if (seen === this.#seen) return false;
    for (let left = source.size; left > 0; left--) {
      if (!this.#nextUnbound()) break;
      if (this.#runUnbound()) return true;
    }
    if (source.isBusy) {
      // Whoever holds the lock may be lost.
      blocking.afterSleep();
      return false;
    }
    this.#seen = seen;
    return false;
  }

  /** Goes to the next unbound task, if this thread takes one. */
  #nextUnbound(): boolean {
    // One that was given up, and comes back to life, runs nothing any more.
    return this.#threads.isLive(this.#me) && this.#source!.next();
  }

  /** Whether this thread, which has nothing to do, is about to look for a task. */
  #isCountedOn(counted: boolean): void {
    if (counted === this.#counted) return;
    this.#counted = counted;
    if (counted) this.#source?.spins();
    else this.#source?.stopsSpinning();
  }

  /** Runs the unbound task that is next. */
  #runUnbound(): boolean {
    const source = this.#source!;
    const frame = this.#unbound;
    frame.bytes = source.bytes;
    frame.words = source.words;
    frame.frame(source.start, source.length);
    try {
      return this.#options.runUnbound!(frame);
    } catch (error) {
      if (!(error instanceof CorruptFrameError)) throw error;
      return true;
    }
  }

  /** Runs unbound tasks, one after the other, as long as there is no mail. */
  #serveUnbound(): boolean {
    const source = this.#source;
    if (source === undefined || !source.hasFrames) return false;
    if (this.#counted) {
      this.#counted = false;
      source.found();
    }
    let read = 0;
    let batch = 1;
    while (this.#nextUnbound()) {
      this.#runUnbound();
      if (++read >= batch) {
        this.flush();
        batch = read + Math.min(read, LARGEST_BATCH);
        if (read >= LARGEST_BATCH && this.#turnIsLong()) {
          this.#turnIsOver = true;
          break;
        }
      }
      if (this.#closed || this.#bell.rung) break;
    }
    if (read === 0) source.passOn(); // somebody may have counted on this thread
    return read > 0;
  }

  /** The thread that a task is served for: the next one may come from there. */
  servesFor(peer: Peer): void {
    this.#lastSender = peer;
  }

  get #hasStaged(): boolean {
    return this.#injection !== undefined && this.#injection.staged > 0;
  }

  /** Stops to look for mail. */
  close(): void {
    this.flush();
    this.#closed = true;
    this.#holdLoop(false);
    for (const peer of this.#peers) peer?.close();
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
    // One that was given up, and comes back to life, says nothing any more: its calls
    // would not arrive, and others would rely on them.
    if (!this.#threads.isLive(this.#me)) {
      this.#closed = true;
      return this.#holdLoop(false);
    }
    this.flush();
    // An unbound task first: this thread may have been woken for it.
    const served = this.#serveUnbound();
    if (this.#closed) return;
    if (this.#drain() || served) {
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
    this.#isCountedOn(false);
    const mail = this.#bell.visitMail(this.#readMail);
    const room = this.#bell.visitRoom(this.#useRoom);
    return mail || room;
  }

  readonly #readMail = (slot: number): void => {
    const peer = this.renew(slot);
    this.#lastSender = peer;
    const { receive } = this.#options;
    let read = 0;
    let batch = 1;
    for (let kind = peer.next(); kind >= 0; kind = peer.next()) {
      try {
        if (!this.sides.receive(peer, kind, peer.frame)) {
          receive(peer, kind, peer.frame);
        }
      } catch (error) {
        // Nobody knows what it was about; this thread has others to serve.
        if (!(error instanceof CorruptFrameError)) throw error;
      }
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
    if (this.#hasStaged) {
      // There was no room, or somebody else was just publishing.
      return this.#turnIsOver = true;
    }
    const idle = this.#idle++;
    if (idle === 0) this.#maySpin = this.#mayPay();
    // A caller is about to call again, once its promises have gone on.
    if (idle < GRACE) return this.#maySpin || !this.#options.serves;
    return this.#maySpin && this.#spin();
  }

  /** Looks at the doorbell a few times. False when it is time to sleep. */
  #spin(): boolean {
    this.#isCountedOn(true);
    const bell = this.#bell;
    const source = this.#source;
    for (let look = 0; look < LOOKS; look++) {
      if (bell.rung || source?.hasFrames) return true;
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
          peer !== undefined &&
          (this.#expectedFromAny > 0 || this.expected(peer.slot) > 0) &&
          peer.slot !== this.slot && runsElsewhere(peer.thread)
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
    this.#isCountedOn(false);
    this.#spunInVain = this.#spun > 0;
    this.#spun = 0;
    if (this.#options.hears && !this.#hearing && !this.#hear()) {
      return this.#pollSoon();
    }
    const armed = this.#source === undefined
      ? this.#bell.arm("away")
      : this.#source.arm(this.#bell, "away");
    if (!armed) return this.#pollSoon();
    this.#polling = false;
    this.#asleep = true;
    if (this.#spunInVain) this.#sleepStart = performance.now();
    this.#holdLoop(this.#expectedInAll > 0);
  }

  /** Hears the next call through the doorbell, once. False: there is one. */
  #hear(): boolean {
    const called = this.#bell.called();
    if (called === undefined) return false;
    this.#hearing = true;
    called.then(() => {
      this.#hearing = false;
      this.ring();
    });
    return true;
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
    this.#source?.awake();
    this.#bell.disarm();
  }

  /**
   * Holds the event loop open while this thread sleeps and expects answers. It is
   * let go at a sleep without any, not at each wake-up: one call often follows
   * another, and each change is a call of the engine.
   */
  #holdLoop(holding: boolean): void {
    if (holding === this.#holding || (holding && this.#closed)) return;
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
    this.#isCountedOn(false);
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
