/**
 * Filling posts: workers that start, those that are lost, and those that take
 * their place.
 *
 * @module
 */

import { inWords } from "../../codec/in_words.ts";
import { currentThread, type ThreadId } from "../../sync/thread/thread.ts";
import { goneHome } from "../callbacks/given.ts";
import { STARTER } from "../life/control.ts";
import { nextTurn } from "../life/next_turn.ts";
import type { FamilyLinks } from "./family_links.ts";
import { HostedWorker } from "./hosted_worker.ts";
import type { Post } from "./post.ts";
import type { Starter } from "./starter.ts";

/** A post whose workers fail to start so often gets no other. */
const MOST_FAILURES = 3;

/** What staffing needs. */
export interface StaffingOptions {
  /** The starting thread. */
  readonly starter: Starter;
  /** What is linked on each worker. */
  readonly links: FamilyLinks;
  /** Is called when a thread ended that was not given up, where the engine tells. */
  readonly onEnd: () => void;
}

/** The workers of a crew, as they come and go. */
export class Staffing {
  /** Whether workers that are lost get no successors any more. */
  isClosing = false;
  /** The heap of a worker holds more than it may. */
  onFull: (worker: HostedWorker) => void = () => {};
  readonly #starter: Starter;
  readonly #links: FamilyLinks;

  readonly #onEnd: () => void;

  /** All posts are empty. */
  constructor({ starter, links, onEnd }: StaffingOptions) {
    this.#starter = starter;
    this.#links = links;
    this.#onEnd = onEnd;
  }

  /** Starts a worker for a post and links all families on it. */
  async fill(post: Post): Promise<void> {
    const { mailbox, posts, slots, desk } = this.#starter;
    const worker = await this.#start(post);
    const { slot, thread, life } = worker;
    post.worker = worker;
    mailbox.peer(slot).side.connect(worker.side);
    post.linked.clear();
    slots.give(slot, { thread, life });
    post.ready = await worker.ready;
    await this.#links.linkAllOn(post);
    posts.fill(post);
    worker.send({ type: "serve" });
    desk.held.send(post.index);
  }

  async #start(post: Post): Promise<HostedWorker> {
    const starter = this.#starter;
    const { fabric, injection, mailbox, slots } = starter;
    const { threads } = currentThread();
    const slot = await slots.take();
    let thread: ThreadId | undefined;
    try {
      thread = threads.claim();
      fabric.occupy(slot, thread);
      starter.ledger.occupied(slot, post.index);
      const tenant = fabric.generation(slot);
      while (!injection.letTo(slot, tenant)) await nextTurn();
      starter.waits.clear(slot);
      starter.running.clear(slot);
      mailbox.forget(slot); // whoever had it before
      return this.#hosted(post, slot, thread);
    } catch (error) {
      if (thread !== undefined) {
        // Nobody ever was that thread.
        threads.leave(thread);
        threads.retire(thread);
      }
      slots.giveBack(slot);
      throw error;
    }
  }

  #hosted(post: Post, slot: number, thread: ThreadId): HostedWorker {
    const starter = this.#starter;
    const { options, mailbox } = starter;
    const { threads } = currentThread();
    return new HostedWorker({
      index: post.index,
      functions: starter.functions.handle,
      injection: starter.injection.handle,
      stats: starter.stats.handle,
      telemetry: options.observer.telemetry,
      candidates: options.candidates,
      nodes: starter.nodes,
      maxQueued: options.maxQueued,
      commons: options.commons.handle,
      slot,
      thread,
      threads: threads.handle,
      fabric: starter.fabric.handle,
      parallelism: options.parallelism,
      processor: post.processor,
      memoryNode: starter.memoryNodeOf(post.index),
      hostModule: options.hostModule,
      onCall: () => mailbox.ring(),
      maxHeap: options.maxHeap,
      followsStrays: starter.followsStrays,
      onFull: (worker) => this.onFull(worker),
      onEnd: () => {
        if (threads.isLive(thread)) this.#onEnd();
      },
    });
  }

  /** A worker is gone: tells its callers, and fills its post again. */
  lose(slot: number, reason: string, cause?: unknown): void {
    const worker = this.#starter.workerIn(slot);
    if (worker === undefined) return;
    const post = this.#starter.posts.all[worker.index]!;
    // A worker that is lost while it starts is started again by who does that.
    const wasRunning = post.state === "running";
    post.replaced++;
    post.lastLoss = cause === undefined
      ? reason
      : `${reason}: ${inWords(cause)}`;
    this.vacate(post, reason, cause);
    if (!wasRunning) return;
    if (!this.isClosing && !post.isLeaving) post.filling = this.#refill(post);
    else {
      // Other workers may call it: they are not to wait for the next one.
      this.#fail(post, cause);
    }
  }

  /** A worker has left, which is to have a successor. */
  replace(post: Post, why: string): void {
    post.replaced++;
    post.lastLoss = why;
    this.vacate(post, why);
    post.filling = this.#refill(post);
  }

  /** Takes a worker from its post, and rejects what it will not answer. */
  vacate(post: Post, reason: string, cause?: unknown): void {
    const { worker, index } = post;
    if (worker === undefined) return;
    const { mailbox, posts, desk, callbacks } = this.#starter;
    const { slot, thread } = worker;
    const peer = mailbox.peer(slot);
    currentThread().threads.markLost(thread);
    posts.vacate(post);
    desk.rejectLost(index, peer, reason, cause);
    desk.unbound.rejectTaken({ worker: index, thread, reason, cause });
    mailbox.forget(slot);
    callbacks.forget(peer, () => goneHome());
    worker.abandon(reason, cause);
    // One that closes itself in the wrong moment would sleep on for ever.
    worker.terminate();
    // And one that blocks, too: it looks who it is when it wakes up.
    peer.bell.ringForMail(STARTER);
    // Whoever it was about to wake has nobody else to do that.
    mailbox.rescue();
    for (const { worker } of posts.all) {
      if (worker !== undefined) mailbox.peer(worker.slot).bell.rouse();
    }
  }

  async #refill(post: Post): Promise<void> {
    for (let failures = 1;; failures++) {
      try {
        return await this.fill(post);
      } catch (error) {
        this.vacate(post, "it could not take the place of a lost one", error);
        if (failures < MOST_FAILURES && !this.isClosing) continue;
        return this.#fail(post, error);
      }
    }
  }

  /** A post gets no worker any more: rejects what waits for one. */
  #fail(post: Post, failure: unknown): void {
    const { posts, desk } = this.#starter;
    posts.fail(post, failure);
    desk.held.reject(post.index);
    if (posts.all.every(({ state }) => state === "failed")) {
      desk.unbound.rejectAll();
    }
  }
}
