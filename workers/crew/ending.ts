/**
 * The end of a crew: its workers finish, meet, dispose what they own, and end.
 *
 * @module
 */

import { Barrier } from "../../sync/waiting/barrier.ts";
import { currentThread } from "../../sync/thread/thread.ts";
import { cutOffIfItStays } from "../life/cut_off.ts";
import { STARTER } from "../life/control.ts";
import type { Patience } from "../life/patience.ts";
import type { DisposeFailure } from "../local/dispose_error.ts";
import { whenGuestsLeft } from "../local/guest.ts";
import type { HostedWorker } from "./hosted_worker.ts";
import {
  askForActivity,
  askToLeave,
  TIME_TO_END,
  whenWorkerIsGone,
} from "./leaving.ts";
import type { Starter } from "./starter.ts";

/** How long a worker may take to say that it has nothing to do, in ms. */
const TIME_TO_ANSWER = 100;

/**
 * Ends all workers. They take nothing new any more.
 *
 * @param drained Is called when they have nothing to do any more, or the time is up.
 * @returns What disposers on the workers threw.
 */
export async function endCrew(
  starter: Starter,
  patience: Patience,
  drained: () => void,
): Promise<DisposeFailure[]> {
  await patience.within(drain(starter), TIME_TO_ANSWER);
  drained();
  await whenGuestsLeft(starter.options.commons, patience);
  return await meetAndEnd(starter, patience);
}

/**
 * Workers may have called one another, and nobody waits for it. Resolves when
 * all were idle at one moment: none did anything between two answers, of which
 * the earlier ones were all given before the later ones were asked for.
 */
async function drain(starter: Starter): Promise<void> {
  for (let activity = 1; activity > 0;) {
    const answers = await Promise.all(
      starter.posts.all.map(({ state, worker }) =>
        state !== "running"
          ? 0
          // Lost: its post gets another one.
          : askForActivity(starter, worker!).catch(() => 1)
      ),
    );
    activity = answers.reduce((sum, count) => sum + count, 0);
  }
}

/** All threads meet; only then does any of them let go of its data. */
async function meetAndEnd(
  starter: Starter,
  patience: Patience,
): Promise<DisposeFailure[]> {
  const { posts, desk, mailbox, slots, options } = starter;
  const workers = posts.all.flatMap(({ worker, state }) =>
    worker !== undefined && state === "running" ? [worker] : []
  );
  const takers = desk.unbound.takers();
  const idle = workers.filter(({ slot, thread }) =>
    mailbox.expectations.from(slot) === 0 && !takers.has(thread)
  );
  const busy = workers.filter((worker) => !idle.includes(worker));
  const timeToEnd = patience.slice(TIME_TO_END) + TIME_TO_ANSWER;
  // Their tasks end before the others let go of what those may use.
  await Promise.all(busy.map(async (worker) => {
    endNow(starter, worker);
    if (await whenWorkerIsGone(worker, timeToEnd)) return;
    cutOffIfItStays(posts.all[worker.index]!.ready?.threadId, worker.life);
  }));
  const barrier = new Barrier(idle.length + 1, {
    members: [currentThread().id, ...idle.map((worker) => worker.thread)],
  });
  const failures: DisposeFailure[] = [];
  const left = idle.map(async (worker) => {
    const { handle } = barrier;
    const leave = { barrier: handle, alone: false };
    failures.push(...await askToLeave(starter, worker, leave));
  });
  try {
    await barrier.waitAsync({ timeout: timeToEnd });
  } catch {
    // Somebody is lost or stuck: that one is ended below.
  }
  options.commons.close();
  await patience.within(Promise.all(left), timeToEnd);
  await Promise.all(posts.all.map(async (post) => {
    const { worker } = post;
    if (worker === undefined || busy.includes(worker)) return; // had its time above
    const isIdle = idle.includes(worker);
    if (!isIdle) endNow(starter, worker);
    const isGone = await whenWorkerIsGone(worker, timeToEnd);
    if (isIdle) endNow(starter, worker);
    if (!isGone) cutOffIfItStays(post.ready?.threadId, worker.life);
  }));
  await slots.retire();
  // Each answers when it is done; what they say comes in the order of the workers.
  return failures.splice(0).sort((a, b) => a.worker! - b.worker!);
}

/** Ends a worker that should have ended, or does not have to be asked. */
function endNow(starter: Starter, worker: HostedWorker): void {
  const post = starter.posts.all[worker.index]!;
  if (post.worker !== worker) return;
  currentThread().threads.markLost(worker.thread);
  worker.abandon("the runtime is closed");
  worker.terminate();
  // If it blocks it looks who it is when it wakes up.
  starter.mailbox.peer(worker.slot).bell.ringForMail(STARTER);
  starter.mailbox.forget(worker.slot);
}
