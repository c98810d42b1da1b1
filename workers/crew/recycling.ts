/**
 * Recycling: a worker is replaced between tasks, as its heap holds too much, or as
 * somebody asks for it.
 *
 * @module
 */

import { Barrier } from "../../sync/waiting/barrier.ts";
import { cutOffIfItStays } from "../life/cut_off.ts";
import type { DisposeFailure } from "../local/dispose_error.ts";
import { RuntimeClosedError } from "../errors.ts";
import { sizeOf } from "../stats/stats_text.ts";
import type { HostedWorker } from "./hosted_worker.ts";
import { askToLeave, TIME_TO_END, whenWorkerIsGone } from "./leaving.ts";
import type { Post } from "./post.ts";
import { Relief } from "./relief.ts";
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

/** Why a worker is to be replaced. */
interface Occasion {
  /** Whether it still is. */
  isGiven(worker: HostedWorker): boolean;
  /** What the report says. */
  why(worker: HostedWorker): string;
  /** What is under way has so long, in ms; then it is given up with the worker. */
  readonly timeout: number;
}

/** Replaces workers that have nothing to do. */
export class Recycling {
  readonly #options: RecyclingOptions;
  readonly #starter: Starter;
  readonly #staffing: Staffing;
  readonly #relief: Relief;
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
    this.#relief = new Relief(
      options.starter,
      (promise, time) => this.#unlessOver(promise, time),
    );
  }

  /** A worker says that its heap holds more than it may. */
  full(worker: HostedWorker): void {
    const post = this.#starter.posts.all[worker.index];
    if (post === undefined || this.#underWay.has(post)) return;
    this.#begin(post, () => this.#recycleFull(post, worker)).catch(() => {});
  }

  /**
   * Somebody asks for a new worker. Resolves when it is there.
   *
   * @param timeout What is under way has so long, in ms.
   * @throws What the next one throws at its start.
   */
  async recycle(index: number, timeout: number): Promise<void> {
    const post = this.#starter.posts.all[index]!;
    for (;;) {
      const underWay = this.#underWay.get(post);
      if (underWay === undefined) break;
      await underWay.catch(() => {});
    }
    await post.filling;
    const { worker } = post;
    if (worker !== undefined && post.state === "running") {
      const asked: Occasion = {
        isGiven: () => true,
        why: () => "it was recycled",
        timeout,
      };
      await this.#begin(post, () => this.#recycle(post, worker, asked));
    }
    await post.filling; // also if it was lost on the way
    if (this.#isClosed) throw new RuntimeClosedError("recycle worker");
    if (post.state === "failed") throw post.failure;
  }

  #begin(post: Post, recycle: () => Promise<void>): Promise<void> {
    const recycled = recycle();
    const done = recycled.finally(() => {
      this.#underWay.delete(post);
      this.#leaving.delete(post);
    });
    this.#underWay.set(post, done);
    return done;
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

  async #recycleFull(post: Post, worker: HostedWorker): Promise<void> {
    await this.#wait(worker.startedAt + SHORTEST_STAY - performance.now());
    const { maxHeap } = this.#options;
    await this.#recycle(post, worker, {
      isGiven: (worker) => (this.#heapOf(worker) ?? 0) > maxHeap,
      why: (worker) =>
        `its V8 heap held ${
          sizeOf(this.#heapOf(worker)!)
        }, which is more than the ${
          sizeOf(maxHeap)
        } of 'maxHeap', so it was recycled`,
      timeout: Infinity,
    });
  }

  /** Until the worker is replaced, lost, or not to be replaced any more. */
  async #recycle(
    post: Post,
    worker: HostedWorker,
    occasion: Occasion,
  ): Promise<void> {
    const end = performance.now() + occasion.timeout;
    if (!this.#isWanted(post, worker, occasion)) return;
    const why = occasion.why(worker);
    const relieved = await this.#relief.relieve(post, worker, occasion.timeout);
    if (relieved !== undefined) {
      // It does not do any more what it was there for.
      occasion = { ...occasion, isGiven: () => true };
    }
    try {
      await this.#recycleRelieved(post, worker, { occasion, end, why });
    } finally {
      await relieved?.();
    }
  }

  async #recycleRelieved(
    post: Post,
    worker: HostedWorker,
    { occasion, end, why }: { occasion: Occasion; end: number; why: string },
  ): Promise<void> {
    for (let pause = FIRST_PAUSE; this.#isWanted(post, worker, occasion);) {
      const isIdle = await this.#becomesIdle(post, worker, {
        pause: Math.min(pause, Math.max(0, end - performance.now())),
        occasion,
      });
      // Looked at once more: what ran before this could go on may have ended the pause.
      if (
        isIdle && post.isPaused && this.#isWanted(post, worker, occasion)
      ) {
        this.#leaving.add(post);
        const filling = this.#replace(post, worker, why);
        // Those who want something of this post wait for the next worker.
        post.filling = filling;
        await filling;
        return;
      }
      this.#goOn(post);
      if (performance.now() >= end) {
        if (post.worker === worker && !this.#isClosed) {
          this.#giveUp(post, worker, why);
        }
        return;
      }
      await this.#wait(Math.min(pause, end - performance.now()));
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    }
  }

  /** Replaces a worker though it has something to do. */
  #giveUp(post: Post, worker: HostedWorker, why: string): void {
    const threadId = post.ready?.threadId;
    this.#staffing.lose(worker.slot, `${why}, and was not done in time`);
    cutOffIfItStays(threadId, worker.life);
  }

  /** Whether a worker is still to be replaced. */
  #isWanted(post: Post, worker: HostedWorker, occasion: Occasion): boolean {
    return post.worker === worker && post.state === "running" &&
      !post.isLeaving && !this.#isClosed && occasion.isGiven(worker);
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
    { pause, occasion }: { pause: number; occasion: Occasion },
  ): Promise<boolean> {
    if (this.#blocks > 0) return false;
    const end = performance.now() + pause;
    this.#starter.posts.pause(post);
    worker.send({ type: "retire" });
    while (this.#isWanted(post, worker, occasion) && post.isPaused) {
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

  async #replace(
    post: Post,
    worker: HostedWorker,
    why: string,
  ): Promise<void> {
    const { slots } = this.#starter;
    const leave = { barrier: new Barrier(1).handle, alone: true };
    this.#failures.push(...await askToLeave(this.#starter, worker, leave));
    worker.hasLeft = true;
    await whenWorkerIsGone(worker, TIME_TO_END);
    if (post.worker !== worker) return; // lost on the way, and replaced by that
    this.#staffing.replace(post, why);
    await slots.retire();
    await post.filling;
  }

  /** Resolves when the time is up, or this is closed. */
  async #wait(time: number): Promise<void> {
    if (time > 0) await this.#unlessOver(new Promise<void>(() => {}), time);
  }

  /**
   * What a promise gives; undefined if the time is up before, or this is closed. Does not
   * keep the program alive.
   */
  #unlessOver<T>(promise: Promise<T>, time: number): Promise<T | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined);
    const over = Promise.withResolvers<undefined>();
    const wake = () => over.resolve(undefined);
    const timer = time === Infinity ? undefined : setTimeout(wake, time);
    (timer as { unref?(): void } | undefined)?.unref?.();
    this.#wakes.add(wake);
    return Promise.race([promise, over.promise]).finally(() => {
      clearTimeout(timer);
      this.#wakes.delete(wake);
    });
  }
}
