/**
 * All posts of a crew, as the starting thread keeps them: it tells the others by
 * the fabric who has which.
 *
 * @module
 */

import type { ThreadId } from "../../sync/thread/thread.ts";
import type { Directory } from "../desk/directory.ts";
import type { Fabric, PostState } from "../fabric/fabric.ts";
import { Post } from "./post.ts";

/** "Worker 0", "worker 1" and so on. */
export class Posts implements Directory {
  /** In order. */
  readonly all: Post[];
  readonly #fabric: Fabric;
  /** All that ever had a post. */
  readonly #workers = new Map<ThreadId, number>();

  /** Posts without workers yet. */
  constructor(fabric: Fabric, processors: readonly (number | undefined)[]) {
    this.#fabric = fabric;
    this.all = processors.map((processor, k) => new Post(k, processor));
    for (const post of this.all) this.#tell(post, "replacing");
    fabric.setSize(this.all.length);
  }

  get size(): number {
    return this.#fabric.size;
  }

  get most(): number {
    return this.#fabric.slots;
  }

  slotOf(worker: number): number {
    const post = this.all[worker];
    return post?.state === "running" ? post.worker!.slot : -1;
  }

  openSlotOf(worker: number): number {
    return this.all[worker]?.isPaused === true ? -1 : this.slotOf(worker);
  }

  /** A worker goes on, and is to get nothing new for a while. */
  pause(post: Post): void {
    post.isPaused = true;
    this.#tell(post, "paused");
  }

  /** A worker gets calls again. */
  resume(post: Post): void {
    post.isPaused = false;
    this.#tell(post, "running");
  }

  /** Adds a post, which does not count before {@linkcode Fabric.setSize}. */
  add(processor: number | undefined): Post {
    const post = new Post(this.all.length, processor);
    this.all.push(post);
    this.#tell(post, "replacing");
    return post;
  }

  /** Takes the last post away, which has no worker any more. */
  removeLast(): void {
    const post = this.all.pop()!;
    this.#tell(post, "failed");
  }

  threadOf(worker: number): ThreadId {
    return this.all[worker]!.worker!.thread;
  }

  hasFailed(worker: number): boolean {
    const post = this.all[worker];
    return post === undefined || post.state === "failed";
  }

  failureOf(worker: number): unknown {
    return this.all[worker]?.failure;
  }

  workerOf(thread: ThreadId): number {
    return this.#workers.get(thread) ?? -1;
  }

  workerIn(slot: number): number {
    return this.all.findIndex(({ worker }) => worker?.slot === slot);
  }

  /** The worker of a post is ready. */
  fill(post: Post): void {
    this.#workers.set(post.worker!.thread, post.index);
    post.state = "running";
    post.isPaused = false;
    this.#tell(post, "running");
  }

  /** A post has no worker at the moment. */
  vacate(post: Post): void {
    post.worker = undefined;
    post.ready = undefined;
    post.state = "replacing";
    post.isPaused = false;
    this.#tell(post, "replacing");
  }

  /** A post gets no worker any more. */
  fail(post: Post, failure: unknown): void {
    post.state = "failed";
    post.failure = failure;
    this.#tell(post, "failed");
  }

  #tell(post: Post, state: PostState): void {
    this.#fabric.setPost(post.index, state, post.worker?.slot ?? 0);
  }
}
