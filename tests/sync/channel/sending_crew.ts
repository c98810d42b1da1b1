/**
 * Workers of which some send to the others, for as long as they live.
 *
 * @module
 */

import { Barrier, type BarrierHandle } from "../../../sync/mod.ts";
import { runWorkers } from "../crew.ts";
import { Mortal } from "../mortal.ts";
import { randomFrom } from "../random.ts";

/** What such a worker is told, besides what it sends. */
export interface SendingTask {
  readonly role: "sender" | "receiver";
  /** Passed by all, and by the test, once they have their ends. */
  readonly start: BarrierHandle;
  /** The worker's number; senders have the first ones. */
  readonly sender: number;
  /** Of what is random. */
  readonly seed: number;
  /** Set by who may end the worker. */
  readonly life?: string;
}

/** What such workers are told, but for what each is told of itself. */
export type SharedTask<T extends SendingTask> = Omit<T, keyof SendingTask>;

const SOON = 10_000;

/**
 * Lets workers send and receive until they are done.
 *
 * @param counts How many do either.
 * @param onStart Called when all have their ends.
 * @returns What the receivers say.
 */
export async function runSending<T extends SendingTask, R>(
  fixture: string,
  shared: SharedTask<T>,
  { senders, receivers, onStart }: {
    senders: number;
    receivers: number;
    onStart: () => void;
  },
): Promise<R[]> {
  const start = new Barrier(senders + receivers + 1);
  const running = runWorkers<SharedTask<T> & SendingTask, R>(
    fixture,
    Array.from({ length: senders + receivers }, (_, k) => ({
      ...shared,
      start: start.handle,
      role: k < senders ? "sender" : "receiver",
      sender: k,
      seed: k + 1,
    })),
  );
  await start.waitAsync({ timeout: SOON });
  onStart();
  return (await running).slice(senders);
}

/** Two workers that send and one that receives, until each is lost. */
export class MortalCrew implements Disposable {
  readonly #members: readonly Mortal<unknown>[];
  readonly #seed: number;

  private constructor(members: readonly Mortal<unknown>[], seed: number) {
    this.#members = members;
    this.#seed = seed;
  }

  /** Starts them; they have their ends then. */
  static async start<T extends SendingTask>(
    fixture: string,
    shared: SharedTask<T>,
    seed: number,
  ): Promise<MortalCrew> {
    const start = new Barrier(4);
    using started = new DisposableStack();
    const members = (["sender", "sender", "receiver"] as const).map(
      (role, sender) => {
        const task = {
          ...shared,
          start: start.handle,
          role,
          sender,
          seed: 3 * seed + sender,
        };
        return started.use(new Mortal(fixture, task));
      },
    );
    await start.waitAsync({ timeout: SOON });
    started.move();
    return new MortalCrew(members, seed);
  }

  /** Loses one after the other, in any order, at any moment. */
  async lose(): Promise<void> {
    const random = randomFrom(this.#seed);
    for (const member of this.#members.toSorted(() => random(3) - 1)) {
      const { promise, resolve } = Promise.withResolvers<void>();
      setTimeout(resolve, random(20));
      await promise;
      await member.lose();
    }
  }

  /** Ends those that live. */
  [Symbol.dispose](): void {
    for (const member of this.#members) member[Symbol.dispose]();
  }
}
