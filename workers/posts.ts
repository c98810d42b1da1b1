/**
 * All posts of a crew, as the starting thread keeps them: it tells the others by
 * the fabric who has which.
 *
 * @module
 */

import type { ThreadId } from "../sync/thread.ts";
import type { Directory } from "./desk.ts";
import type { Fabric } from "./fabric.ts";
import { Post } from "./post.ts";

/** "Worker 0", "worker 1" and so on. */
export class Posts implements Directory {
  /** In order. */
  readonly all: readonly Post[];
  readonly #fabric: Fabric;

  /** Posts without workers yet. */
  constructor(fabric: Fabric, processors: readonly (number | undefined)[]) {
    this.#fabric = fabric;
    this.all = processors.map((processor, k) => new Post(k, processor));
    for (const post of this.all) this.#tell(post, "replacing");
  }

  get size(): number {
    return this.all.length;
  }

  slotOf(worker: number): number {
    const post = this.all[worker]!;
    return post.state === "running" ? post.worker!.slot : -1;
  }

  threadOf(worker: number): ThreadId {
    return this.all[worker]!.worker!.thread;
  }

  hasFailed(worker: number): boolean {
    return this.all[worker]!.state === "failed";
  }

  failureOf(worker: number): unknown {
    return this.all[worker]!.failure;
  }

  /** The worker of a post is ready. */
  fill(post: Post): void {
    post.state = "running";
    this.#tell(post, "running");
  }

  /** A post has no worker at the moment. */
  vacate(post: Post): void {
    post.worker = undefined;
    post.ready = undefined;
    post.state = "replacing";
    this.#tell(post, "replacing");
  }

  /** A post gets no worker any more. */
  fail(post: Post, failure: unknown): void {
    post.state = "failed";
    post.failure = failure;
    this.#tell(post, "failed");
  }

  #tell(post: Post, state: "running" | "replacing" | "failed"): void {
    this.#fabric.setPost(post.index, state, post.worker?.slot ?? 0);
  }
}
