/**
 * Recycling: a worker whose heap holds too much is replaced between tasks.
 *
 * @module
 */

import { Barrier } from "../../sync/waiting/barrier.ts";
import type { DisposeFailure } from "../local/dispose_error.ts";
import { sizeOf } from "../stats/stats_text.ts";
import type { HostedWorker } from "./hosted_worker.ts";
import { askToLeave, TIME_TO_END, whenWorkerIsGone } from "./leaving.ts";
import type { Post } from "./post.ts";
import type { Staffing } from "./staffing.ts";
import type { Starter } from "./starter.ts";

/** A worker stays for so long at least, in ms: what it starts with may be too much. */
const SHORTEST_STAY = 1000;
/** For how long calls are kept back at first so that it becomes idle, in ms. */
const FIRST_PAUSE = 100;
/** And at most. */
const LONGEST_PAUSE = 5000;
/** How often it is asked meanwhile, in ms. */
const ROUND = 2;

/** What recycling needs. */
export interface RecyclingOptions {
  /** The starting thread. */
  readonly starter: Starter;
  /** Fills posts. */
  readonly staffing: Staffing;
  /** What the heap of a worker may hold, in bytes. */
  readonly maxHeap: number;
}

/** Replaces workers that are full. */
export class Recycling {
  readonly #options: RecyclingOptions;
  readonly #starter: Starter;
  readonly #staffing: Staffing;
  readonly #failures: DisposeFailure[] = [];
  readonly #underWay = new Map<Post, Promise<void>>();
  /** The posts whose workers are leaving. */
  readonly #leaving = new Set<Post>();
  /** Ends the waits of this, whatever they wait for. */
  readonly #wakes = new Set<() => void>();
  #blocks = 0;
  #isClosed = false;

  /** None is full yet. */
  constructor(options: RecyclingOptions) {
    this.#options = options;
    this.#starter = options.starter;
    this.#staffing = options.staffing;
  }

  /** A worker says that its heap holds more than it may. */
  full(worker: HostedWorker): void {
    const post = this.#starter.posts.all[worker.index];
    if (post === undefined || this.#underWay.has(post)) return;
    const recycled = this.#recycle(post, worker);
    this.#underWay.set(post, recycled);
    recycled.finally(() => {
      this.#underWay.delete(post);
      this.#leaving.delete(post);
    });
  }

  /** Begins with no other worker, and resolves when none is being replaced. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const wake of this.#wakes) wake();
    await Promise.all(this.#underWay.values());
  }

  /** What disposers threw on workers that were replaced. */
  takeFailures(): DisposeFailure[] {
    return this.#failures.splice(0);
  }

  /**
   * This thread is about to block: nothing is kept back for which it may wait.
   *
   * @returns Is called when it goes on.
   */
  blocks(): () => void {
    this.#blocks++;
    for (const post of this.#underWay.keys()) {
      if (!this.#leaving.has(post)) this.#goOn(post);
    }
    return () => this.#blocks--;
  }

  /** Until the worker is replaced, lost, or not full any more. */
  async #recycle(post: Post, worker: HostedWorker): Promise<void> {
    await this.#wait(worker.startedAt + SHORTEST_STAY - performance.now());
    for (let pause = FIRST_PAUSE; this.#isFull(post, worker);) {
      const isIdle = await this.#becomesIdle(post, worker, pause);
      // Looked at once more: what ran before this could go on may have ended the pause.
      if (isIdle && post.isPaused && this.#isFull(post, worker)) {
        this.#leaving.add(post);
        const filling = this.#replace(post, worker);
        // Those who want something of this post wait for the next worker.
        post.filling = filling;
        await filling;
        return;
      }
      this.#goOn(post);
      await this.#wait(pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    }
  }

  /** Whether a worker is still to be replaced. */
  #isFull(post: Post, worker: HostedWorker): boolean {
    const used = this.#heapOf(worker);
    return post.worker === worker && post.state === "running" &&
      !post.isLeaving && !this.#isClosed &&
      used !== undefined && used > this.#options.maxHeap;
  }

  #heapOf({ slot }: HostedWorker): number | undefined {
    return this.#starter.stats.heapOf(slot);
  }

  /**
   * Keeps back what is new for a worker, for a while. Resolves with whether it has
   * nothing to do then, and nobody can have anything on the way to it.
   */
  async #becomesIdle(
    post: Post,
    worker: HostedWorker,
    pause: number,
  ): Promise<boolean> {
    if (this.#blocks > 0) return false;
    const end = performance.now() + pause;
    this.#starter.posts.pause(post);
    worker.send({ type: "retire" });
    while (this.#isFull(post, worker) && post.isPaused) {
      const left = end - performance.now();
      if (left <= 0) return false;
      const loads = this.#loads(post);
      // Asked after the pause: who says none has read that, and makes none later.
      const isIdle = await Promise.race([
        loads.then((loads) => loads.every((load) => load === 0)),
        this.#wait(left).then(() => false),
      ]);
      const { desk } = this.#starter;
      const own = desk.loads.of(post.index) - desk.held.countFor(post.index);
      if (isIdle && own === 0) return true;
      await this.#wait(Math.min(ROUND, left));
    }
    return false;
  }

  /** How much each worker has to do with one of them. */
  #loads(post: Post): Promise<number[]> {
    const { posts } = this.#starter;
    return Promise.all(
      posts.all.flatMap(({ worker, state }) =>
        worker === undefined || state !== "running"
          ? []
          : [worker.askForLoad(post.index)]
      ),
    );
  }

  /** A worker takes calls and tasks again. */
  #goOn(post: Post): void {
    if (!post.isPaused) return;
    this.#starter.posts.resume(post);
    if (!post.isLeaving) post.worker!.send({ type: "serve" });
    this.#starter.desk.held.send(post.index);
  }

  async #replace(post: Post, worker: HostedWorker): Promise<void> {
    const { slots } = this.#starter;
    const why = `its V8 heap held ${
      sizeOf(this.#heapOf(worker)!)
    }, which is more than the ${
      sizeOf(this.#options.maxHeap)
    } of 'maxHeap', so it was recycled`;
    const leave = { barrier: new Barrier(1).handle, alone: true };
    this.#failures.push(...await askToLeave(this.#starter, worker, leave));
    await whenWorkerIsGone(worker, TIME_TO_END);
    if (post.worker !== worker) return; // lost on the way, and replaced by that
    this.#staffing.replace(post, why);
    await slots.retire();
    await post.filling;
  }

  /** Resolves when the time is up, or this is closed. Does not keep the program alive. */
  #wait(time: number): Promise<void> {
    if (time <= 0 || this.#isClosed) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => {
      clearTimeout(timer);
      this.#wakes.delete(wake);
      resolve();
    };
    const timer = setTimeout(wake, time);
    (timer as unknown as { unref?(): void }).unref?.();
    this.#wakes.add(wake);
    return promise;
  }
}
