/**
 * Workers for stress tests.
 *
 * @module
 */

import { currentThread } from "../../sync/thread/thread.ts";
import type { Job, Outcome } from "./fixtures/introduce.ts";
import { claimOther } from "./other_thread.ts";

/** Gives each task to a worker of its own, and waits for what they did. */
export async function runWorkers<T, R>(
  fixture: string,
  tasks: readonly T[],
): Promise<R[]> {
  const { threads } = currentThread();
  const url = new URL(`fixtures/${fixture}`, import.meta.url).href;
  using stack = new DisposableStack();
  const outcomes = tasks.map((task) => {
    const { id } = stack.use(claimOther());
    const worker = new Worker(url, { type: "module" });
    stack.defer(() => worker.terminate());
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    worker.onmessage = ({ data }: MessageEvent<Outcome<R>>) => {
      if ("result" in data) resolve(data.result);
      else reject(new Error(data.error));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
    const job: Job<T> = { threads: threads.handle, id, task };
    worker.postMessage(job);
    return promise;
  });
  return await Promise.all(outcomes);
}
