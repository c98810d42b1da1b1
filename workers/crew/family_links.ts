/**
 * Families, linked on every worker of a crew: also on those that come later.
 *
 * @module
 */

import type { Caller } from "../../linked/caller.ts";
import { callable, type Family } from "../../linked/family.ts";
import { forgetFamilies, knowFamilies } from "../../linked/known_families.ts";
import type { FamilyHandle, LocalFamily } from "../../linked/local_family.ts";
import { callsOf } from "../desk/method_calls.ts";
import type { ThreadTasks } from "../tasks/thread_tasks.ts";
import type { HostedWorker } from "./hosted_worker.ts";
import type { Post } from "./post.ts";
import type { Starter } from "./starter.ts";

/** What a family needs on each worker. */
interface LinkedFamily {
  readonly number: number;
  readonly handle: FamilyHandle;
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
    const { handle } = local;
    const number = this.#count++;
    const family: LinkedFamily = { number, handle, methods: undefined };
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
      return family.family = callable(local, methods, this.#caller(family));
    } catch (error) {
      this.#families.delete(number);
      throw error;
    }
  }

  #caller({ number, handle: { name }, methods }: LinkedFamily): Caller {
    const { fabric, desk, options: { observer } } = this.#starter;
    const signatures = methods!;
    return {
      id: { runtime: fabric.handle.id, number },
      get size() {
        return fabric.size;
      },
      pick: () => desk.loads.pick(),
      call: callsOf({ name, number, signatures }, desk, observer),
      stream: (label, worker, method, args) =>
        this.#tasks.stream(label, [worker, number, method], args),
    };
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
    await worker.ready;
    const methods = await this.#starter.ask(
      worker,
      (call) => worker.send({ type: "link", call, number, handle }),
    ) as string[];
    family.methods ??= methods;
    if (family.methods.join() !== methods.join()) {
      throw new TypeError(
        `Cannot link '${handle.name}' as its instances have other methods on worker ${worker.index}: ${methods} instead of ${family.methods}`,
      );
    }
  }
}
