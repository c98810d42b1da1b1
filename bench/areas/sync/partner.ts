// The partner of a duel: a worker that blocks until it is told how much to do.
import {
  ThreadRegistry,
  type ThreadRegistryHandle,
} from "../../../sync/mod.ts";
import { becomeThread } from "../../../sync/thread/thread.ts";
import { pinThread } from "../../../topology/mod.ts";
import {
  COUNT,
  DONE,
  type Duel,
  FAILED,
  READY,
  type Report,
  STARTED,
} from "./duel.ts";

/** Who the partner is and what it does. */
export interface Introduction<S> {
  /** The module of the duel. */
  readonly url: string;
  readonly shared: S;
  readonly control: SharedArrayBuffer;
  readonly threads: ThreadRegistryHandle;
  readonly id: number;
  /** Where to run, if threads can be pinned. */
  readonly processor: number | undefined;
}

// Deno's default library has no types for the inside of a worker.
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<Introduction<unknown>>) => void;
  postMessage(message: Report): void;
  close(): void;
};

scope.onmessage = async ({ data }) => {
  const threads = ThreadRegistry.from(data.threads);
  becomeThread({ threads, id: data.id });
  if (data.processor !== undefined) {
    pinThread([data.processor]);
    threads.setProcessor(data.id, data.processor);
  }
  const { duel } = await import(data.url) as { duel: Duel<unknown> };
  const side = duel.there(data.shared);
  const control = new Int32Array(data.control);
  scope.postMessage(READY);
  for (let started = 0;;) {
    Atomics.wait(control, STARTED, started);
    const next = Atomics.load(control, STARTED);
    if (next === started) continue;
    started = next;
    const count = Atomics.load(control, COUNT);
    if (count < 0) return scope.close();
    try {
      side(count);
    } catch (error) {
      scope.postMessage(String(error));
      Atomics.store(control, FAILED, 1);
      // Whoever waits for it in the middle of a run waits no longer.
      threads.markLost(data.id);
    }
    Atomics.store(control, DONE, started);
    Atomics.notify(control, DONE);
  }
};
