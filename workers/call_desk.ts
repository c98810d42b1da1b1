/**
 * The call desk: sends the calls of this thread and matches the answers.
 *
 * @module
 */

import { decode } from "../codec/decode.ts";
import { encodeArguments } from "../codec/encode.ts";
import type { Reader } from "../codec/reader.ts";
import { Writer } from "../codec/writer.ts";
import {
  addLocalStack,
  RuntimeClosedError,
  WorkerLostError,
} from "./errors.ts";
import { CALL } from "./frame_kind.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Peer } from "./peer.ts";
import { type PendingCall, PendingCalls } from "./pending_calls.ts";
import type { Post } from "./post.ts";
import { Scratch } from "./scratch.ts";
import { within } from "./within.ts";
import { runsElsewhere } from "../sync/thread.ts";

/** More than the rank of any worker that runs. */
const REPLACING = 2 ** 32;

/** Calls from this thread to the workers of a crew. */
export class CallDesk {
  /** Whether new calls are refused. */
  closed = false;
  readonly #mailbox: Mailbox;
  readonly #posts: readonly Post[];
  readonly #pending = new PendingCalls();
  readonly #load: number[];
  #lastPick = 0;
  readonly #scratch = new Scratch();
  #settled: (() => void) | undefined;

  /** Opens a desk for the posts of a crew. */
  constructor(mailbox: Mailbox, posts: readonly Post[]) {
    this.#mailbox = mailbox;
    this.#posts = posts;
    this.#load = posts.map(() => 0);
  }

  /**
   * The worker to which a call goes that any of them can do: one with the fewest
   * calls under way. Of these the last one that was picked, which is still warm,
   * unless it shares its processor with this thread; and else the next in turn.
   * One that is being replaced only if none runs.
   */
  pick(): number {
    const load = this.#load;
    let best = this.#lastPick;
    let rank = this.#rank(best);
    for (let k = 1; k < load.length && rank > 0; k++) {
      const worker = (this.#lastPick + k) % load.length;
      const other = this.#rank(worker);
      if (other < rank) {
        best = worker;
        rank = other;
      }
    }
    return this.#lastPick = best;
  }

  #rank(worker: number): number {
    const { state, worker: hosted } = this.#posts[worker]!;
    if (state === "failed") return Infinity;
    if (state !== "running") return REPLACING + this.#load[worker]!;
    return 2 * this.#load[worker]! + (runsElsewhere(hosted!.thread) ? 0 : 1);
  }

  /** Calls a method of an instance. */
  call(
    worker: number,
    family: number,
    method: number,
    args: unknown[],
  ): Promise<unknown> {
    if (this.closed) return Promise.reject(new RuntimeClosedError("call"));
    const out = this.#scratch.take();
    try {
      out.word(0);
      out.word(family);
      out.word(method);
      encodeArguments(out, args);
      return new Promise((resolve, reject) =>
        this.#send(out, { worker, resolve, reject })
      ).then(undefined, addLocalStack);
    } catch (error) {
      return Promise.reject(error);
    } finally {
      this.#scratch.give(out);
    }
  }

  #send(out: Writer, call: PendingCall): void {
    const post = this.#posts[call.worker]!;
    if (post.state === "failed") {
      return call.reject(lostForGood(post));
    }
    if (post.state !== "running") {
      this.#load[call.worker]!++;
      const copy = new Writer(out.byteLength);
      copy.words.set(out.words.subarray(0, out.length));
      copy.length = out.length;
      post.held.push({ call, out: copy });
      return;
    }
    out.words[0] = this.#pending.add(call);
    this.#load[call.worker]!++;
    const { slot } = post.worker!;
    this.#mailbox.expect(slot);
    this.#mailbox.send(slot, CALL, out);
  }

  /** Sends what was called while a post had no worker. */
  sendHeld(post: Post): void {
    const { held } = post;
    post.held = [];
    for (const { call, out } of held) {
      this.#load[call.worker]!--;
      this.#send(out, call);
    }
  }

  /** Rejects what was called while a post had no worker: it gets none. */
  rejectHeld(post: Post, cause: unknown): void {
    const { held } = post;
    post.held = [];
    post.failure = cause;
    for (const { call } of held) {
      this.#load[call.worker]!--;
      call.reject(lostForGood(post));
    }
    this.#checkSettled();
  }

  /** Expects an answer of the worker of a post to something besides a call. */
  expect(post: Post, send: (number: number) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const number = this.#pending.add({ worker: post.index, resolve, reject });
      this.#load[post.index]!++;
      this.#mailbox.expect(post.worker!.slot);
      // Not by the mailbox: it has to be told that there is something to wait for.
      this.#mailbox.wait();
      send(number);
    });
  }

  /** A call was answered by a value. */
  resolve(slot: number, number: number, frame: Reader): void {
    const call = this.#take(slot, number);
    if (call === undefined) return;
    try {
      call.resolve(decode(frame));
    } catch (error) {
      call.reject(error);
    }
  }

  /** A call was answered by an error. */
  reject(slot: number, number: number, frame: Reader): void {
    const call = this.#take(slot, number);
    if (call === undefined) return;
    try {
      call.reject(decode(frame));
    } catch (error) {
      call.reject(error);
    }
  }

  /** Rejects the calls that a lost worker will not answer. */
  rejectLost(post: Post, peer: Peer, reason: string, cause?: unknown): void {
    const untaken = new Set<number>();
    for (const { kind, word } of peer.untaken()) {
      if (kind === CALL) untaken.add(word);
    }
    const options = cause === undefined ? {} : { cause };
    for (const [number, call] of this.#pending.takeAll(post.index)) {
      this.#load[call.worker]!--;
      const started = !untaken.has(number);
      call.reject(
        new WorkerLostError(post.index, reason, { started, ...options }),
      );
    }
    this.#checkSettled();
  }

  /** Rejects all calls. */
  rejectAll(reason: () => Error): void {
    for (const [, call] of this.#pending.takeAll()) call.reject(reason());
    for (const post of this.#posts) {
      for (const { call } of post.held) call.reject(reason());
      post.held = [];
    }
    this.#load.fill(0);
  }

  /** Resolves when no call is under way, or the time is up. */
  async settled(timeout: number): Promise<void> {
    if (this.#load.every((load) => load === 0)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#settled = resolve;
    await within(promise, timeout);
  }

  #take(slot: number, number: number): PendingCall | undefined {
    const call = this.#pending.take(number);
    if (call === undefined) return undefined;
    this.#load[call.worker]!--;
    this.#mailbox.expectLess(slot);
    if (this.#settled !== undefined) this.#checkSettled();
    return call;
  }

  #checkSettled(): void {
    if (this.#load.every((load) => load === 0)) this.#settled?.();
  }
}

function lostForGood(post: Post): WorkerLostError {
  return new WorkerLostError(
    post.index,
    "no worker could be started in its place",
    { started: false, cause: post.failure },
  );
}
