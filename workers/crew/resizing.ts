/**
 * Adding workers to a crew, and letting the last ones go.
 *
 * @module
 */

import { Barrier } from "../../sync/waiting/barrier.ts";
import { currentThread } from "../../sync/thread/thread.ts";
import type { DisposeFailure } from "../local/dispose_error.ts";
import type { FamilyLinks } from "./family_links.ts";
import {
  askForActivity,
  askToLeave,
  TIME_TO_END,
  whenWorkerIsGone,
} from "./leaving.ts";
import type { Post } from "./post.ts";
import type { Staffing } from "./staffing.ts";
import type { Starter } from "./starter.ts";

/** Why the calls to a worker end that was let go. */
const UNWANTED = "it is not wanted any more";

/** What resizing needs. */
export interface ResizingOptions {
  /** The starting thread. */
  readonly starter: Starter;
  /** Fills posts. */
  readonly staffing: Staffing;
  /** What is linked meanwhile. */
  readonly links: FamilyLinks;
}

/** The size of a crew, as it changes. */
export class Resizing {
  readonly #starter: Starter;
  readonly #staffing: Staffing;
  readonly #links: FamilyLinks;
  #last: Promise<unknown> | undefined;

  /** It does not change yet. */
  constructor({ starter, staffing, links }: ResizingOptions) {
    this.#starter = starter;
    this.#staffing = staffing;
    this.#links = links;
  }

  /** Adds workers, or lets some finish and end. What disposers threw then. */
  resize(size: number): Promise<DisposeFailure[]> {
    const resized = this.#resize(size);
    this.#last = resized;
    return resized;
  }

  /** Resolves when it does not change any more. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#last]);
  }

  async #resize(size: number): Promise<DisposeFailure[]> {
    const { posts, fabric } = this.#starter;
    while (posts.all.length < size && !this.#staffing.isClosing) {
      await this.#grow(size - posts.all.length);
    }
    if (posts.all.length > size) fabric.setSize(size);
    const leaving = posts.all.slice(size).map((post) => this.#retire(post));
    const failures = (await Promise.all(leaving)).flat();
    while (posts.all.length > size) posts.removeLast();
    return failures;
  }

  async #grow(count: number): Promise<void> {
    const { posts, fabric, options } = this.#starter;
    // What is just being linked does not know of them.
    await this.#links.settled();
    const added = Array.from(
      { length: count },
      () => posts.add(options.candidates[posts.all.length]),
    );
    for (const post of added) this.#links.clearLines(post);
    const starts = added.map((post) => this.#staffing.fill(post));
    for (const [k, post] of added.entries()) {
      post.filling = starts[k]!.catch(() => {});
    }
    const started = await Promise.allSettled(starts);
    const failed = started.find(({ status }) => status === "rejected");
    if (failed === undefined) return fabric.setSize(posts.all.length);
    await Promise.all(added.map((post) => this.#retire(post)));
    for (const _ of added) posts.removeLast();
    throw (failed as PromiseRejectedResult).reason;
  }

  /** Lets a worker finish, and ends it. It counts no more. */
  async #retire(post: Post): Promise<DisposeFailure[]> {
    const { desk, slots } = this.#starter;
    post.isLeaving = true;
    await post.filling;
    const { index, worker } = post;
    if (worker === undefined || post.state !== "running") {
      this.#staffing.vacate(post, UNWANTED);
      return [];
    }
    worker.send({ type: "retire" });
    try {
      // Until it has done nothing from one answer to the next.
      while (
        await askForActivity(this.#starter, worker) !== 0 ||
        desk.loads.of(index) > 0
      );
      const barrier = new Barrier(2, {
        members: [currentThread().id, worker.thread],
      });
      const left = askToLeave(this.#starter, worker, {
        barrier: barrier.handle,
        alone: true,
      });
      await barrier.waitAsync().catch(() => {});
      const failures = await left;
      await whenWorkerIsGone(worker, TIME_TO_END);
      return failures;
    } catch {
      return []; // lost on the way, and nothing was disposed yet
    } finally {
      if (post.worker === worker) this.#staffing.vacate(post, UNWANTED);
      await slots.retire();
    }
  }
}
