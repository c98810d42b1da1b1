/**
 * Families, linked on every worker of a crew: also on those that come later.
 *
 * @module
 */

import type { Caller } from "../../linked/caller.ts";
import { callable, type Family } from "../../linked/family.ts";
import { forgetFamilies, knowFamilies } from "../../linked/known_families.ts";
import type { FamilyHandle } from "../../linked/family_handle.ts";
import { type LocalFamily, stateOf } from "../../linked/local_family.ts";
import { KeptLines } from "../../linked/shared_lines.ts";
import { checkSameMethods } from "../../linked/signature.ts";
import { currentProcessor } from "../../topology/current_thread.ts";
import { FamilyCaller } from "../desk/family_caller.ts";
import type { ThreadTasks } from "../tasks/thread_tasks.ts";
import type { HostedWorker } from "./hosted_worker.ts";
import type { Post } from "./post.ts";
import { nodeOf, type Starter } from "./starter.ts";

/** What a family needs on each worker. */
interface LinkedFamily {
  readonly number: number;
  readonly handle: FamilyHandle;
  /** What its instances have to say to each other. */
  readonly lines: KeptLines;
  /** Undefined until a worker has linked it. */
  methods: readonly string[] | undefined;
  /** As the starting thread has it. */
  family?: Family<object>;
}

/** The families of a crew. */
export class FamilyLinks {
  readonly #starter: Starter;
  readonly #tasks: ThreadTasks;
  readonly #families = new Map<number, LinkedFamily>();
  readonly #linking = new Set<Promise<unknown>>();
  #count = 0;

  /** None yet. */
  constructor(starter: Starter, tasks: ThreadTasks) {
    this.#starter = starter;
    this.#tasks = tasks;
    knowFamilies(
      starter.fabric.handle.id,
      (number) => this.#families.get(number)?.family,
    );
  }

  /** Makes an instance of a family on each worker. */
  link(local: LocalFamily<object>): Promise<Family<object>> {
    const link = this.#link(local);
    this.#linking.add(link);
    const forget = () => this.#linking.delete(link);
    link.then(forget, forget);
    return link;
  }

  async #link(local: LocalFamily<object>): Promise<Family<object>> {
    const { handle, definition: { reserve } } = local;
    const { candidates, processors } = this.#starter.options;
    const most = Math.max(candidates.length, processors.length);
    const lines = new KeptLines(most, reserve);
    const number = this.#count++;
    const family: LinkedFamily = { number, handle, lines, methods: undefined };
    // From the first answer on, workers that take over a post link it, too.
    this.#families.set(number, family);
    try {
      await Promise.all(
        this.#starter.posts.all.map(async (post) => {
          await post.filling;
          await this.#linkOn(post, family);
        }),
      );
      const { methods } = family;
      if (methods === undefined) {
        throw new Error(`Cannot link '${handle.name}' as no worker is left`);
      }
      // Instances of this thread can send to those of the workers.
      const { fabric } = this.#starter;
      stateOf(local).place = { index: -1, workers: fabric, lines };
      return family.family = callable(local, methods, this.#caller(family));
    } catch (error) {
      this.#families.delete(number);
      lines.close();
      throw error;
    }
  }

  #caller({ number, handle: { name }, methods }: LinkedFamily): Caller {
    const starter = this.#starter;
    const { observer, maxQueued } = starter.options;
    return new FamilyCaller({ name, number, signatures: methods! }, {
      fabric: starter.fabric,
      directory: starter.posts,
      desk: starter.desk,
      tasks: this.#tasks,
      stats: starter.stats,
      observer,
      maxQueued,
      nodeHere: () => nodeOf(currentProcessor()),
    });
  }

  /** Resolves when nothing is being linked any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#linking);
  }

  /** Makes the instances of all families on a worker that is new. */
  async linkAllOn(post: Post): Promise<void> {
    for (const family of this.#families.values()) {
      // One that is just being linked is not known to be linkable yet.
      if (family.methods !== undefined) await this.#linkOn(post, family);
    }
  }

  /** A post is new: what was said to one of its index was for a worker that was let go. */
  clearLines(post: Post): void {
    for (const { lines } of this.#families.values()) lines.clear(post.index);
  }

  /** Instances have nothing more to say to each other; who waits for that is told. */
  closeLines(): void {
    for (const { lines } of this.#families.values()) lines.close();
  }

  /** Families do not arrive by number any more. */
  close(): void {
    forgetFamilies(this.#starter.fabric.handle.id);
  }

  /** Makes the instance of one family on one worker, once. */
  #linkOn(post: Post, family: LinkedFamily): Promise<void> {
    const { worker, linked } = post;
    if (worker === undefined) return Promise.resolve();
    let link = linked.get(family.number);
    if (link === undefined) {
      link = this.#askToLink(worker, family);
      linked.set(family.number, link);
    }
    return link;
  }

  async #askToLink(worker: HostedWorker, family: LinkedFamily): Promise<void> {
    const { number, handle } = family;
    const { handles: lines } = family.lines;
    await worker.ready;
    const methods = await this.#starter.ask(
      worker,
      (call) => worker.send({ type: "link", call, number, handle, lines }),
    ) as string[];
    family.methods ??= methods;
    checkSameMethods({
      family: handle.name,
      worker: worker.index,
      signatures: methods,
      known: family.methods,
    });
  }
}
