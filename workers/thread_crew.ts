/**
 * A crew of module workers: starts them, replaces those that are lost, and ends
 * them behind a barrier.
 *
 * @module
 */

import { inWords } from "../codec/in_words.ts";
import type { Reader } from "../codec/reader.ts";
import type { Caller } from "../linked/caller.ts";
import { callable, type Family } from "../linked/family.ts";
import type { FamilyHandle, LocalFamily } from "../linked/local_family.ts";
import { Barrier } from "../sync/waiting/barrier.ts";
import { onTick } from "../sync/thread/keep_alive.ts";
import { currentThread } from "../sync/thread/thread.ts";
import { goneHome } from "./callbacks/given.ts";
import { ThreadCallbacks } from "./callbacks/thread_callbacks.ts";
import { Desk } from "./desk.ts";
import { STARTER } from "./control.ts";
import type { Crew, WorkerReport } from "./crew.ts";
import { cutOff } from "./cut_off.ts";
import { RuntimeClosedError } from "./errors.ts";
import { Fabric } from "./fabric.ts";
import { readFault } from "./fault.ts";
import { FAILURE, FAULT, ITEM, RESULT, RUNAWAY } from "./frame_kind.ts";
import { Injection } from "./injection.ts";
import { HostedWorker } from "./hosted_worker.ts";
import { whenGone, whichAreGone } from "./life.ts";
import type { Commons } from "./local/commons.ts";
import type { DisposeFailure } from "./local/dispose_error.ts";
import { whenGuestsLeft } from "./local/guest.ts";
import { Mailbox } from "./mailbox.ts";
import { WITHOUT_A_WORD } from "./member.ts";
import { Patience } from "./patience.ts";
import type { Peer } from "./peer.ts";
import type { Post } from "./post.ts";
import { Posts } from "./posts.ts";
import { topology } from "../topology/detect.ts";
import { FunctionStore } from "./functions/function_store.ts";
import { forgetFamilies, knowFamilies } from "../linked/known_families.ts";
import { currentTask } from "./tasks/task_context.ts";
import { ThreadTasks } from "./tasks/thread_tasks.ts";
import { nextTurn } from "./next_turn.ts";
import { WaitTable } from "./wait_table.ts";
import { RunningWords } from "./running_words.ts";
import { Chance } from "./starvation.ts";
import { SlotTable } from "./slot_table.ts";

/** Slots beyond one for each thread: for those that take the place of lost ones. */
const SPARE_SLOTS = 8;
/** A post whose workers fail to start so often gets no other. */
const MOST_FAILURES = 3;
/** How long a task may go on that was told that its time is up, in ms. */
const TIME_TO_REACT = 25;
/** How long a worker may take to end once it has nothing to do, in ms. */
const TIME_TO_END = 2000;
/** How long a worker may take to say that it has nothing to do, in ms. */
const TIME_TO_ANSWER = 100;

/** What a crew is told. */
export interface ThreadCrewOptions {
  /** The processor of each worker; undefined: any. */
  readonly processors: readonly (number | undefined)[];
  /** How many tasks may wait for any worker, and for each one. */
  readonly maxQueued: number;
  /** That of each worker that there could be: the first ones are those. */
  readonly candidates: readonly (number | undefined)[];
  /** What all threads know of the data that they own. */
  readonly commons: Commons;
}

/** What a family needs on each worker, also on those that come later. */
interface LinkedFamily {
  readonly number: number;
  readonly handle: FamilyHandle;
  methods: readonly string[] | undefined;
  /** As the starting thread has it. */
  family?: Family<object>;
}

/** Workers on threads of their own. */
export class ThreadCrew implements Crew {
  readonly tasks: ThreadTasks;
  readonly #functions = FunctionStore.allocate({ currentTask });
  readonly #injection: Injection;
  readonly #commons: Commons;
  readonly #waits: WaitTable;
  readonly #fabric: Fabric;
  readonly #running: RunningWords;
  readonly #slots: SlotTable;
  readonly #mailbox: Mailbox;
  readonly #desk: Desk;
  readonly #callbacks: ThreadCallbacks;
  readonly #directory: Posts;
  readonly #posts: readonly Post[];
  readonly #nodes: readonly (number | undefined)[];
  readonly #maxQueued: number;
  readonly #candidates: readonly (number | undefined)[];
  readonly #families = new Map<number, LinkedFamily>();
  readonly #linking = new Set<Promise<unknown>>();
  readonly #stopTicks: () => void;
  #familyCount = 0;
  #resizing: Promise<unknown> | undefined;
  #closing = false;
  #looking = false;

  private constructor(options: ThreadCrewOptions) {
    const { processors, candidates } = options;
    this.#candidates = candidates;
    this.#maxQueued = options.maxQueued;
    this.#nodes = candidates.map((processor) =>
      topology().nodes.find(({ processors }) =>
        processor !== undefined && processors.has(processor)
      )?.id
    );
    const most = Math.max(processors.length, candidates.length);
    this.#commons = options.commons;
    this.#fabric = Fabric.allocate(most + 1 + SPARE_SLOTS);
    this.#waits = new WaitTable(this.#fabric);
    this.#running = new RunningWords(this.#fabric);
    this.#slots = new SlotTable(this.#fabric);
    this.#fabric.occupy(STARTER, currentThread().id);
    this.#injection = new Injection(Injection.allocate(this.#fabric.slots), {
      slot: STARTER,
      wake: (slot) => this.#wake(slot),
    });
    this.#injection.letTo(STARTER, this.#fabric.generation(STARTER));
    this.#directory = new Posts(this.#fabric, processors);
    this.#posts = this.#directory.all;
    this.#mailbox = new Mailbox(this.#fabric, {
      slot: STARTER,
      callerOf: (slot) => () => this.#workerIn(slot)?.call(),
      receive: (from, kind, frame) => this.#receive(from, kind, frame),
      replaced: () => {}, // forgotten before another one gets the slot
      serves: false,
      hears: false,
      injection: this.#injection,
    });
    this.#callbacks = new ThreadCallbacks({
      mailbox: this.#mailbox,
      blocks: (slot) => this.#waits.blocks(slot),
    });
    this.#desk = new Desk(
      this.#mailbox,
      this.#directory,
      this.#injection,
      this.#callbacks,
      this.#nodes,
    );
    this.tasks = new ThreadTasks({
      desk: this.#desk,
      directory: this.#directory,
      mailbox: this.#mailbox,
      functions: this.#functions,
      injection: this.#injection,
      waits: this.#waits,
      maxQueued: this.#maxQueued,
      overdue: (slot, number) => this.#suspect(slot, STARTER, number),
      lookForTheLost: () => this.#lookNow(),
    });
    knowFamilies(
      this.#fabric.handle.id,
      (number) => this.#families.get(number)?.family,
    );
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
      await crew.close(new Patience(0));
      throw start.reason;
    }
    return crew;
  }

  get size(): number {
    return this.#fabric.size;
  }

  link(local: LocalFamily<object>): Promise<Family<object>> {
    const link = this.#link(local);
    this.#linking.add(link);
    const forget = () => this.#linking.delete(link);
    link.then(forget, forget);
    return link;
  }

  async #link(local: LocalFamily<object>): Promise<Family<object>> {
    const { handle } = local;
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
      const fabric = this.#fabric;
      const caller: Caller = {
        id: { runtime: fabric.handle.id, number },
        get size() {
          return fabric.size;
        },
        pick: () => this.#desk.pick(),
        call: (worker, method, args) =>
          this.#desk.call(worker, number, method, args),
        stream: (label, worker, method, args) =>
          this.tasks.stream(label, [worker, number, method], args),
      };
      return family.family = callable(local, methods, caller);
    } catch (error) {
      this.#families.delete(number);
      throw error;
    }
  }

  resize(size: number): Promise<DisposeFailure[]> {
    const resized = this.#resize(size);
    this.#resizing = resized;
    return resized;
  }

  async #resize(size: number): Promise<DisposeFailure[]> {
    const failures: DisposeFailure[] = [];
    while (this.#posts.length < size && !this.#closing) {
      await this.#grow(size - this.#posts.length);
    }
    if (this.#posts.length > size) this.#fabric.setSize(size);
    const leaving = this.#posts.slice(size).map((post) => this.#retire(post));
    for (const disposed of await Promise.all(leaving)) {
      failures.push(...disposed);
    }
    while (this.#posts.length > size) this.#directory.removeLast();
    return failures;
  }

  async #grow(count: number): Promise<void> {
    // What is just being linked does not know of them.
    await Promise.allSettled(this.#linking);
    const posts = Array.from({ length: count }, () => {
      const { length } = this.#posts;
      return this.#directory.add(this.#candidates[length]);
    });
    const starts = posts.map((post) => this.#fill(post));
    for (const [k, post] of posts.entries()) {
      post.filling = starts[k]!.catch(() => {});
    }
    const started = await Promise.allSettled(starts);
    const failed = started.find(({ status }) => status === "rejected");
    if (failed === undefined) {
      return this.#fabric.setSize(this.#posts.length);
    }
    await Promise.all(posts.map((post) => this.#retire(post)));
    for (const _ of posts) this.#directory.removeLast();
    throw (failed as PromiseRejectedResult).reason;
  }

  /** Lets a worker finish, and ends it. It counts no more. */
  async #retire(post: Post): Promise<DisposeFailure[]> {
    post.isLeaving = true;
    await post.filling;
    const { index, worker } = post;
    if (worker === undefined || post.state !== "running") {
      this.#vacate(post, "it is not wanted any more");
      return [];
    }
    const { slot, life, thread } = worker;
    worker.send({ type: "retire" });
    const ask = (send: (call: number) => void) =>
      this.#desk.expect(index, slot, send);
    try {
      // Until it has done nothing from one answer to the next.
      while (
        await ask((call) => worker.send({ type: "drain", call })) !== 0 ||
        this.#desk.loadOf(index) > 0
      );
      const barrier = new Barrier(2, {
        members: [currentThread().id, thread],
      });
      const disposed = ask((call) =>
        worker.send({
          type: "shutdown",
          call,
          barrier: barrier.handle,
          alone: true,
        })
      );
      await barrier.waitAsync().catch(() => {});
      const failures = await disposed as DisposeFailure[];
      await whenGone(life, AbortSignal.timeout(TIME_TO_END)).catch(() => {});
      return failures;
    } catch (error) {
      if (!this.#commons.isDisposing(index)) return []; // nothing is left open
      return [{ worker: index, name: "what it owns", error }];
    } finally {
      if (post.worker === worker) {
        this.#vacate(post, "it is not wanted any more");
      }
      await this.#slots.retire();
    }
  }

  report(): WorkerReport[] {
    return this.#posts.map((post) => post.report());
  }

  async close(patience: Patience): Promise<DisposeFailure[]> {
    this.#closing = true;
    this.#desk.closed = true;
    await patience.within(Promise.allSettled(this.#linking));
    await patience.within(Promise.allSettled([this.#resizing]));
    this.tasks.streams.end();
    await patience.within(this.#desk.settled(Infinity));
    this.#desk.cancelUntaken();
    await patience.within(this.#drain(), TIME_TO_ANSWER);
    await whenGuestsLeft(this.#commons, patience);
    const failures = await this.#meetAndEnd(patience);
    this.#desk.rejectAll(() => new RuntimeClosedError("complete call"));
    this.#stopTicks();
    this.#callbacks.close();
    this.#mailbox.close();
    forgetFamilies(this.#fabric.handle.id);
    for (const post of this.#posts) post.state = "closed";
    return failures;
  }

  /** Starts a worker for a post and links all families on it. */
  async #fill(post: Post): Promise<void> {
    const { threads } = currentThread();
    const slot = await this.#slots.take();
    let worker: HostedWorker;
    try {
      const thread = threads.claim();
      this.#fabric.occupy(slot, thread);
      const tenant = this.#fabric.generation(slot);
      while (!this.#injection.letTo(slot, tenant)) await nextTurn();
      this.#waits.clear(slot);
      this.#running.set(slot, undefined);
      this.#mailbox.forget(slot); // whoever had it before
      worker = new HostedWorker({
        index: post.index,
        functions: this.#functions.handle,
        injection: this.#injection.handle,
        nodes: this.#nodes,
        maxQueued: this.#maxQueued,
        commons: this.#commons.handle,
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
    this.#mailbox.peer(slot).side.connect(worker.side);
    post.linked.clear();
    this.#slots.give(slot, { thread, life: worker.life });
    post.ready = await worker.ready;
    for (const family of this.#families.values()) {
      // One that is just being linked is not known to be linkable yet.
      if (family.methods !== undefined) await this.#linkOn(post, family);
    }
    this.#directory.fill(post);
    worker.send({ type: "serve" });
    this.#desk.sendHeld(post.index);
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
      post.index,
      worker.slot,
      (call) => worker.send({ type: "link", call, number, handle }),
    ) as string[];
    family.methods ??= methods;
    if (family.methods.join() !== methods.join()) {
      throw new TypeError(
        `Cannot link '${handle.name}' as its instances have other methods on worker ${post.index}: ${methods} instead of ${family.methods}`,
      );
    }
  }

  /** Wakes a worker for an unbound task. */
  #wake(slot: number): boolean {
    const worker = this.#workerIn(slot);
    if (
      worker === undefined || !currentThread().threads.isLive(worker.thread)
    ) return false;
    this.#mailbox.peer(slot).bell.ringForMail(STARTER);
    return true;
  }

  #workerIn(slot: number): HostedWorker | undefined {
    return this.#posts.find(({ worker }) => worker?.slot === slot)?.worker;
  }

  #receive(from: Peer, kind: number, frame: Reader): void {
    if (this.#callbacks.receive(from, kind, frame)) return;
    const number = frame.word();
    if (kind === RUNAWAY) this.#suspect(frame.word(), from.slot, number);
    else if (kind === ITEM) this.#desk.item(from, number, frame);
    else if (kind === RESULT) this.#desk.resolve(from.slot, number, frame);
    else if (kind === FAILURE) this.#desk.reject(from.slot, number, frame);
    else if (kind === FAULT) {
      const fault = readFault(frame);
      this.#lose(from.slot, fault.reason, fault.error);
    }
  }

  /** Is everybody there? Without waiting: this thread blocks. */
  #lookNow(): void {
    const { threads } = currentThread();
    for (const { worker } of this.#posts) {
      if (worker === undefined || threads.isLive(worker.thread)) continue;
      this.#mailbox.drain();
      this.#lose(worker.slot, WITHOUT_A_WORD);
    }
  }

  /** While somebody waits: is everybody there? */
  async #lookForTheLost(): Promise<void> {
    this.#mailbox.rescue();
    this.#desk.rejectTaken();
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
        this.#lose(worker.slot, WITHOUT_A_WORD);
      }
    } finally {
      this.#looking = false;
    }
  }

  /**
   * The time of a task is up, and its worker was told. If the task lets it do nothing
   * else, even so, the worker is replaced.
   */
  #suspect(slot: number, owner: number, number: number): void {
    const worker = this.#workerIn(slot);
    const task = { owner, number };
    if (worker === undefined) return;
    const threadId = this.#posts[worker.index]!.ready?.threadId;
    const chance = new Chance(threadId);
    const look = (): void => {
      if (
        this.#workerIn(slot) !== worker || !this.#running.isRunning(slot, task)
      ) return;
      if (!chance.was) return void setTimeout(look, TIME_TO_REACT);
      this.#lose(slot, "a task went on though its time was up");
      cutOff(threadId);
    };
    setTimeout(look, TIME_TO_REACT);
  }

  /** A worker is gone: tells its callers, and fills its post again. */
  #lose(slot: number, reason: string, cause?: unknown): void {
    const worker = this.#workerIn(slot);
    if (worker === undefined) return;
    const post = this.#posts[worker.index]!;
    // A worker that is lost while it starts is started again by who does that.
    const wasRunning = post.state === "running";
    post.replaced++;
    post.lastLoss = cause === undefined
      ? reason
      : `${reason}: ${inWords(cause)}`;
    this.#vacate(post, reason, cause);
    if (!wasRunning) return;
    if (!this.#closing && !post.isLeaving) post.filling = this.#refill(post);
    else {
      // Other workers may call it: they are not to wait for the next one.
      this.#failPost(post, cause);
    }
  }

  /** Takes a worker from its post, and rejects what it will not answer. */
  #vacate(post: Post, reason: string, cause?: unknown): void {
    const { worker } = post;
    if (worker === undefined) return;
    const peer = this.#mailbox.peer(worker.slot);
    currentThread().threads.markLost(worker.thread);
    this.#directory.vacate(post);
    this.#desk.rejectLost(post.index, peer, reason, cause);
    const { index } = post;
    const { thread } = worker;
    this.#desk.rejectTaken({ worker: index, thread, reason, cause });
    this.#mailbox.forget(worker.slot);
    this.#callbacks.forget(peer, () => goneHome());
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
        return this.#failPost(post, error);
      }
    }
  }

  /** A post gets no worker any more: rejects what waits for one. */
  #failPost(post: Post, failure: unknown): void {
    this.#directory.fail(post, failure);
    this.#desk.rejectHeld(post.index);
    if (this.#posts.every(({ state }) => state === "failed")) {
      this.#desk.rejectUnbound();
    }
  }

  /**
   * Workers may have called one another, and nobody waits for it. Resolves when
   * all were idle at one moment: none did anything between two answers, of which
   * the earlier ones were all given before the later ones were asked for.
   */
  async #drain(): Promise<void> {
    for (let activity = 1; activity > 0;) {
      const answers = await Promise.all(
        this.#posts.map(async ({ index, state, worker }) =>
          state !== "running" ? 0 : await this.#desk.expect(
            index,
            worker!.slot,
            (call) => worker!.send({ type: "drain", call }),
          ).catch(() => 1) as number // lost: its post gets another one
        ),
      );
      activity = answers.reduce((sum, count) => sum + count, 0);
    }
  }

  /** All threads meet; only then does any of them let go of its data. */
  async #meetAndEnd(patience: Patience): Promise<DisposeFailure[]> {
    const workers = this.#posts.flatMap(({ worker, state }) =>
      worker !== undefined && state === "running" ? [worker] : []
    );
    const takers = this.#desk.takers();
    const idle = workers.filter(({ slot, thread }) =>
      this.#mailbox.expected(slot) === 0 && !takers.has(thread)
    );
    const timeToEnd = patience.slice(TIME_TO_END) + TIME_TO_ANSWER;
    // Their tasks end before the others let go of what those may use.
    await Promise.all(workers.map(async (worker) => {
      if (idle.includes(worker)) return;
      this.#endNow(this.#posts[worker.index]!, worker);
      await whenGone(worker.life, AbortSignal.timeout(timeToEnd))
        .catch(() => {});
    }));
    const barrier = new Barrier(idle.length + 1, {
      members: [currentThread().id, ...idle.map((worker) => worker.thread)],
    });
    const failures: DisposeFailure[] = [];
    const disposed = idle.map(async (worker) => {
      const { index, slot } = worker;
      try {
        const answer = await this.#desk.expect(index, slot, (call) => {
          worker.send({
            type: "shutdown",
            call,
            barrier: barrier.handle,
            alone: false,
          });
        });
        failures.push(...answer as DisposeFailure[]);
      } catch (error) {
        if (!this.#commons.isDisposing(index)) return; // nothing is left open
        failures.push({ worker: index, name: "what it owns", error });
      }
    });
    try {
      await barrier.waitAsync({ timeout: timeToEnd });
    } catch {
      // Somebody is lost or stuck: that one is ended below.
    }
    this.#commons.close();
    await patience.within(Promise.all(disposed), timeToEnd);
    await Promise.all(this.#posts.map(async (post) => {
      const { worker } = post;
      if (worker === undefined) return;
      const { life } = worker;
      if (!idle.includes(worker)) {
        this.#endNow(post, worker);
        if (workers.includes(worker)) return; // had its time above
      }
      await whenGone(life, AbortSignal.timeout(timeToEnd)).catch(() => {});
      if (idle.includes(worker)) this.#endNow(post, worker);
    }));
    await this.#slots.retire();
    // Each answers when it is done; what they say comes in the order of the workers.
    return failures.splice(0).sort((a, b) => a.worker! - b.worker!);
  }

  /** Ends a worker that should have ended, or does not have to be asked. */
  #endNow(post: Post, worker: HostedWorker): void {
    if (post.worker !== worker) return;
    // It may be in a loop without end.
    if (currentThread().threads.isLive(worker.thread)) {
      cutOff(post.ready?.threadId);
    }
    currentThread().threads.markLost(worker.thread);
    worker.abandon("the runtime is closed");
    worker.terminate();
    this.#mailbox.forget(worker.slot);
  }
}
