/**
 * Two threads at the same work: the one that calls, and a partner in a worker.
 *
 * Both do as many operations as a run asks for, and the run ends when both are done. A start costs the waking of
 * the partner once a run, which is as long as thousands of operations.
 *
 * @module
 */
import { ANYWHERE, currentThread } from "../../../sync/thread/thread.ts";
import type { Running } from "../../harness/scenario.ts";
import type { Introduction } from "./partner.ts";

/** One side of a duel: does its part of so many operations, blocking its thread. */
export type Side = (count: number) => void;

/** What two threads do, as a module exports it under the name `duel`. */
export interface Duel<S> {
  /** Makes what the two share: plain data that `postMessage` can clone. */
  share(): S;
  /** The side of the thread that calls. */
  here(shared: S): Side;
  /** The side of the partner. */
  there(shared: S): Side;
  /** Throws if what they did is wrong, after so many operations of each. */
  check?(shared: S, count: number): void;
}

// Words of the control block, each written by one thread.
/** How often a run began. */
export const STARTED = 0;
/** How many operations the run has, or -1 for the end. */
export const COUNT = 1;
/** How many runs the partner has finished. */
export const DONE = 32;
/** Whether the partner threw: found something wrong, mostly. */
export const FAILED = 33;
/** Words of a control block. */
export const CONTROL_WORDS = 64;

/** That the partner waits for its first run. */
export const READY = "ready";
/** What a partner says: that it is ready, or what it threw. */
export type Report = string;

/** On which processors the two sides run, if threads can be pinned. */
export interface Places {
  readonly here: number;
  readonly there: number;
}

/** Sets up a duel: starts the partner and waits until it is ready. */
export async function startDuel<S>(
  url: string,
  places: Places | undefined,
): Promise<Running> {
  const { duel } = await import(url) as { duel: Duel<S> };
  const shared = duel.share();
  const control = new Int32Array(new SharedArrayBuffer(4 * CONTROL_WORDS));
  const { threads, id: me } = currentThread();
  const id = threads.claim();
  const worker = new Worker(new URL("./partner.ts", import.meta.url), {
    type: "module",
  });
  function end(): void {
    threads.leave(id);
    threads.retire(id);
    worker.terminate();
  }
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  const { promise: failure, resolve: fail } = Promise.withResolvers<string>();
  worker.onmessage = ({ data }: MessageEvent<Report>) => {
    if (data === READY) resolve();
    else fail(data);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(event.message));
    fail(event.message);
  };
  const introduction: Introduction<S> = {
    url,
    shared,
    control: control.buffer,
    threads: threads.handle,
    id,
    processor: places?.there,
  };
  worker.postMessage(introduction);
  try {
    await ready;
  } catch (error) {
    end();
    throw error;
  }
  const side = duel.here(shared);
  let total = 0;
  return {
    // The thread blocks: nothing else may run while it is measured.
    run: (count) => {
      threads.setProcessor(me, places?.here ?? ANYWHERE);
      command(control, count);
      side(count);
      awaitPartner(control);
      total += count;
      return Promise.resolve(count);
    },
    check: async () => {
      // The message is there: it was sent before the word was written.
      if (Atomics.load(control, FAILED) !== 0) {
        throw new Error(`The partner failed: ${await failure}`);
      }
      duel.check?.(shared, total);
    },
    close: () => {
      command(control, -1);
      end();
    },
  };
}

/** Tells the partner to begin. */
export function command(control: Int32Array, count: number): void {
  Atomics.store(control, COUNT, count);
  Atomics.add(control, STARTED, 1);
  Atomics.notify(control, STARTED);
}

/** How much later than this thread the partner may be done, in ms: else it is gone. */
const PATIENCE = 10_000;

/** Blocks until the partner has finished what it was told. */
export function awaitPartner(control: Int32Array): void {
  const started = Atomics.load(control, STARTED);
  for (;;) {
    const done = Atomics.load(control, DONE);
    if (done === started) return;
    if (Atomics.wait(control, DONE, done, PATIENCE) === "timed-out") {
      throw new Error(`The partner did not end within ${PATIENCE / 1000} s`);
    }
  }
}

/** The same without blocking: for a partner that may still have to start. */
export async function partnerIsReady(control: Int32Array): Promise<void> {
  command(control, 0);
  await Atomics.waitAsync(control, DONE, 0).value;
}
