/**
 * A crew of module workers: starts them, replaces those that are lost, and ends
 * them behind a barrier.
 *
 * @module
 */

import { decode } from "../codec/decode.ts";
import { inWords } from "../codec/in_words.ts";
import type { Reader } from "../codec/reader.ts";
import type { Caller } from "../linked/caller.ts";
import type { FamilyHandle, LocalFamily } from "../linked/local_family.ts";
import { Barrier } from "../sync/barrier.ts";
import { onTick } from "../sync/keep_alive.ts";
import { currentThread } from "../sync/thread.ts";
import { CallDesk } from "./call_desk.ts";
import { STARTER } from "./control.ts";
import type { Crew, LinkedParts, WorkerReport } from "./crew.ts";
import { RuntimeClosedError } from "./errors.ts";
import { Fabric } from "./fabric.ts";
import { FAILURE, FAULT, RESULT } from "./frame_kind.ts";
import { HostedWorker } from "./hosted_worker.ts";
import { whenGone, whichAreGone } from "./life.ts";
import { Mailbox } from "./mailbox.ts";
import type { Peer } from "./peer.ts";
import { Post } from "./post.ts";
import { SlotTable } from "./slot_table.ts";
import { within } from "./within.ts";

/** Slots beyond one for each thread: for those that take the place of lost ones. */
const SPARE_SLOTS = 8;
/** A post whose workers fail to start so often gets no other. */
const MOST_FAILURES = 3;
/** How long a worker may take to end once it has nothing to do, in ms. */
const TIME_TO_END = 2000;

/** What a crew is told. */
export interface ThreadCrewOptions {
  /** The processor of each worker; undefined: any. */
  readonly processors: readonly (number | undefined)[];
}

/** What a family needs on each worker, also on those that come later. */
interface LinkedFamily {
  readonly number: number;
  readonly handle: FamilyHandle;
  methods: readonly string[] | undefined;
}

/** Workers on threads of their own. */
export class ThreadCrew implements Crew {
  readonly #fabric: Fabric;
  readonly #slots: SlotTable;
  readonly #mailbox: Mailbox;
  readonly #desk: CallDesk;
  readonly #posts: readonly Post[];
  readonly #families = new Map<number, LinkedFamily>();
  readonly #linking = new Set<Promise<unknown>>();
  readonly #stopTicks: () => void;
  #familyCount = 0;
  #closing = false;
  #looking = false;

  private constructor(options: ThreadCrewOptions) {
    const { processors } = options;
    this.#fabric = Fabric.allocate(processors.length + 1 + SPARE_SLOTS);
    this.#slots = new SlotTable(this.#fabric);
    this.#fabric.occupy(STARTER, currentThread().id);
    this.#posts = processors.map((processor, k) => new Post(k, processor));
    this.#mailbox = new Mailbox(this.#fabric, {
      slot: STARTER,
      call: (slot) => this.#workerIn(slot)?.call(),
      receive: (from, kind, frame) => this.#receive(from, kind, frame),
      serves: false,
    });
    this.#desk = new CallDesk(this.#mailbox, this.#posts);
    this.#stopTicks = onTick(() => this.#lookForTheLost());
  }

  /** Starts all workers. If one cannot start, none is left. */
  static async start(options: ThreadCrewOptions): Promise<ThreadCrew> {
    const crew = new ThreadCrew(options);
    const starts = await Promise.allSettled(
      crew.#posts.map((post) => crew.#fill(post)),
    );
    for (const start of starts) {
      if (start.status !== "rejected") continue;
      await crew.close(0);
      throw start.reason;
    }
    return crew;
  }

  get size(): number {
    return this.#posts.length;
  }

  link({ handle }: LocalFamily<object>): Promise<LinkedParts> {
    const link = this.#link(handle);
    this.#linking.add(link);
    const forget = () => this.#linking.delete(link);
    link.then(forget, forget);
    return link;
  }

  async #link(handle: FamilyHandle): Promise<LinkedParts> {
    const number = this.#familyCount++;
    const family: LinkedFamily = { number, handle, methods: undefined };
    // From the first answer on, workers that take over a post link it, too.
    this.#families.set(number, family);
    try {
      await Promise.all(
        this.#posts.map(async (post) => {
          await post.filling;
          await this.#linkOn(post, family);
        }),
      );
      const { methods } = family;
      if (methods === undefined) {
        throw new Error(`Cannot link '${handle.name}' as no worker is left`);
      }
      const caller: Caller = {
        size: this.size,
        pick: () => this.#desk.pick(),
        call: (worker, method, args) =>
          this.#desk.call(worker, number, method, args),
      };
      return { methods, caller };
    } catch (error) {
      this.#families.delete(number);
      throw error;
    }
  }

  report(): WorkerReport[] {
    return this.#posts.map((post) => post.report());
  }

  async close(timeout: number): Promise<void> {
    this.#closing = true;
    this.#desk.closed = true;
    const start = performance.now();
    await within(Promise.allSettled(this.#linking), timeout);
    await this.#desk.settled(timeout - (performance.now() - start));
    await this.#meetAndEnd(timeout);
    this.#desk.rejectAll(() => new RuntimeClosedError("complete call"));
    this.#stopTicks();
    this.#mailbox.close();
    for (const post of this.#posts) post.state = "closed";
  }

  /** Starts a worker for a post and links all families on it. */
  async #fill(post: Post): Promise<void> {
    const { threads } = currentThread();
    const slot = await this.#slots.take();
    let worker: HostedWorker;
    try {
      const thread = threads.claim();
      this.#fabric.occupy(slot, thread);
      this.#mailbox.forget(slot); // whoever had it before
      worker = new HostedWorker({
        index: post.index,
        slot,
        thread,
        threads: threads.handle,
        fabric: this.#fabric.handle,
        processor: post.processor,
        onCall: () => this.#mailbox.ring(),
      });
    } catch (error) {
      this.#slots.giveBack(slot);
      throw error;
    }
    const { thread } = worker;
    post.worker = worker;
    post.linked.clear();
    this.#slots.give(slot, { thread, life: worker.life });
    post.ready = await worker.ready;
    for (const family of this.#families.values()) {
      // One that is just being linked is not known to be linkable yet.
      if (family.methods !== undefined) await this.#linkOn(post, family);
    }
    post.state = "running";
    this.#desk.sendHeld(post);
  }

  /** Makes the instance of one family on one worker, once. */
  #linkOn(post: Post, family: LinkedFamily): Promise<void> {
    const { worker, linked } = post;
    if (worker === undefined) return Promise.resolve();
    let link = linked.get(family.number);
    if (link === undefined) {
      link = this.#askToLink(post, worker, family);
      linked.set(family.number, link);
    }
    return link;
  }

  async #askToLink(
    post: Post,
    worker: HostedWorker,
    family: LinkedFamily,
  ): Promise<void> {
    const { number, handle } = family;
    await worker.ready;
    const methods = await this.#desk.expect(
      post,
      (call) => worker.send({ type: "link", call, number, handle }),
    ) as string[];
    family.methods ??= methods;
    if (family.methods.join() !== methods.join()) {
      throw new TypeError(
        `Cannot link '${handle.name}' as its instances have other methods on worker ${post.index}: ${methods} instead of ${family.methods}`,
      );
    }
  }

  #workerIn(slot: number): HostedWorker | undefined {
    return this.#posts.find(({ worker }) => worker?.slot === slot)?.worker;
  }

  #receive(from: Peer, kind: number, frame: Reader): void {
    const number = frame.word();
    if (kind === RESULT) this.#desk.resolve(from.slot, number, frame);
    else if (kind === FAILURE) this.#desk.reject(from.slot, number, frame);
    else if (kind === FAULT) {
      const fault = decode(frame) as { reason: string; error?: unknown };
      this.#lose(from.slot, fault.reason, fault.error);
    }
  }

  /** While somebody waits: is everybody there? */
  async #lookForTheLost(): Promise<void> {
    if (this.#looking) return;
    const present = this.#posts.flatMap(({ worker, ready }) =>
      worker !== undefined && ready !== undefined ? [worker] : []
    );
    if (present.length === 0) return;
    this.#looking = true;
    try {
      const gone = await whichAreGone(present.map(({ life }) => life));
      for (const worker of present) {
        if (!gone.has(worker.life)) continue;
        this.#mailbox.drain(); // what it still said
        if (this.#posts[worker.index]!.worker !== worker) continue;
        this.#lose(worker.slot, "its thread ended without a word");
      }
    } finally {
      this.#looking = false;
    }
  }

  /** A worker is gone: tells its callers, and fills its post again. */
  #lose(slot: number, reason: string, cause?: unknown): void {
    const worker = this.#workerIn(slot);
    if (worker === undefined) return;
    const post = this.#posts[worker.index]!;
    // A worker that is lost while it starts is started again by who does that.
    const refill = post.state === "running" && !this.#closing;
    post.replaced++;
    post.lastLoss = cause === undefined
      ? reason
      : `${reason}: ${inWords(cause)}`;
    this.#vacate(post, reason, cause);
    if (refill) post.filling = this.#refill(post);
  }

  /** Takes a worker from its post, and rejects what it will not answer. */
  #vacate(post: Post, reason: string, cause?: unknown): void {
    const { worker } = post;
    if (worker === undefined) return;
    const peer = this.#mailbox.peer(worker.slot);
    post.worker = undefined;
    post.ready = undefined;
    post.state = "replacing";
    currentThread().threads.markLost(worker.thread);
    this.#desk.rejectLost(post, peer, reason, cause);
    this.#mailbox.forget(worker.slot);
    worker.abandon(reason, cause);
    // One that closes itself in the wrong moment would sleep on for ever.
    worker.terminate();
  }

  async #refill(post: Post): Promise<void> {
    for (let failures = 1;; failures++) {
      try {
        return await this.#fill(post);
      } catch (error) {
        this.#vacate(post, "it could not take the place of a lost one", error);
        if (failures < MOST_FAILURES && !this.#closing) continue;
        post.state = "failed";
        this.#desk.rejectHeld(post, error);
        return;
      }
    }
  }

  /** All threads meet; only then does any of them let go of its data. */
  async #meetAndEnd(timeout: number): Promise<void> {
    const workers = this.#posts.flatMap(({ worker, state }) =>
      worker !== undefined && state === "running" ? [worker] : []
    );
    const idle = workers.filter((worker) =>
      this.#mailbox.expected(worker.slot) === 0
    );
    const barrier = new Barrier(idle.length + 1, {
      members: [currentThread().id, ...idle.map((worker) => worker.thread)],
    });
    for (const worker of idle) {
      worker.send({ type: "shutdown", barrier: barrier.handle });
    }
    const timeToEnd = Math.min(timeout, TIME_TO_END) + 100;
    try {
      await barrier.waitAsync({ timeout: timeToEnd });
    } catch {
      // Somebody is lost or stuck: that one is ended below.
    }
    await Promise.all(this.#posts.map(async (post) => {
      const { worker } = post;
      if (worker === undefined) return;
      const { life } = worker;
      if (!idle.includes(worker)) this.#endNow(post, worker);
      await whenGone(life, AbortSignal.timeout(timeToEnd)).catch(() => {});
      if (idle.includes(worker)) this.#endNow(post, worker);
    }));
    await this.#slots.retire();
  }

  /** Ends a worker that should have ended, or does not have to be asked. */
  #endNow(post: Post, worker: HostedWorker): void {
    if (post.worker !== worker) return;
    currentThread().threads.markLost(worker.thread);
    worker.abandon("the runtime is closed");
    worker.terminate();
    this.#mailbox.forget(worker.slot);
  }
}
