import { decode } from "../../../codec/decode.ts";
import { encode } from "../../../codec/encode.ts";
import { Reader } from "../../../codec/reader.ts";
import { Writer } from "../../../codec/writer.ts";
import {
  FrameRingConsumer,
  FrameRingProducer,
  frameRingSize,
} from "../../../sync/queue/frame_ring.ts";
import type { Layout, Peer } from "./peer.ts";

/** Bytes of a ring: more than all payloads that are in flight at once. */
export const CAPACITY: number = 1 << 18;
/** The tags of requests. */
export const INCREMENT = 1;
/** See {@linkcode INCREMENT}. */
export const ECHO = 2;
/** In place of a count in the bell: the worker is to end. */
export const END = -1;

/** Polls between two turns of the event loop. */
const POLLS_PER_TURN = 1024;

/** The memory of both threads: the requests, the answers, and a word that counts publications of requests. */
export interface RingPair {
  readonly buffer: SharedArrayBuffer;
  readonly answersAt: number;
  readonly bellAt: number;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * A ring in each direction, our codec, a number and a promise for each call, and nothing else that a runtime is for:
 * one caller, one worker, which both wait awake; no instances, no errors, no cancelling, no counts, and a thread that
 * is lost hangs the other. What is left to win in our calls is the difference.
 */
export async function start({ processor }: Layout): Promise<Peer> {
  const answersAt = frameRingSize(CAPACITY);
  const pair: RingPair = {
    buffer: new SharedArrayBuffer(2 * answersAt + 64),
    answersAt,
    bellAt: 2 * answersAt,
  };
  const worker = new Worker(new URL("./ring_pair_host.ts", import.meta.url), {
    type: "module",
    name: processor === undefined ? "" : String(processor),
  });
  const pending: (Pending | undefined)[] = [];
  await new Promise<void>((resolve, reject) => {
    worker.onmessage = () => resolve();
    worker.onerror = (event) => {
      event.preventDefault();
      const error = new Error(event.message);
      reject(error);
      for (const call of pending) call?.reject(error);
    };
    worker.postMessage(pair);
  });
  const { buffer } = pair;
  const requests = new FrameRingProducer({ buffer, byteOffset: 0 }, CAPACITY);
  const answers = new FrameRingConsumer(
    { buffer, byteOffset: answersAt },
    CAPACITY,
  );
  const bell = new Int32Array(buffer, pair.bellAt, 1);
  const nap = new Int32Array(new SharedArrayBuffer(4));
  const frame = new Reader(answers.bytes, answers.words);
  const out = new Writer();
  const free: number[] = [];
  const now = Promise.resolve();
  let waiting = 0;
  let isPolling = false;
  let polls = 0;

  function poll(): void {
    if (requests.staged !== 0) {
      requests.publish();
      Atomics.add(bell, 0, 1);
      Atomics.notify(bell, 0);
    }
    while (answers.next()) {
      frame.frame(answers.start, answers.length);
      const number = frame.word();
      const { resolve } = pending[number]!;
      pending[number] = undefined;
      free.push(number);
      waiting--;
      resolve(decode(frame));
    }
    answers.free();
    isPolling = waiting > 0;
    if (!isPolling) return;
    if (++polls % POLLS_PER_TURN !== 0) return void now.then(poll);
    // The cheapest turn of the event loop, as our runtime takes it.
    const turn = Atomics.waitAsync(nap, 0, 0);
    Atomics.notify(nap, 0);
    (turn.value as Promise<unknown>).then(poll);
  }

  function call(tag: number, value: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const number = free.pop() ?? pending.length;
      out.clear();
      out.word(number);
      encode(out, value, "value");
      if (!requests.tryWrite(tag, out, 0, out.byteLength)) {
        throw new Error("the ring is full");
      }
      pending[number] = { resolve, reject };
      waiting++;
      if (isPolling) return;
      isPolling = true;
      now.then(poll);
    });
  }

  return {
    increment: (x) => call(INCREMENT, x) as Promise<number>,
    echo: <T>(value: T) => call(ECHO, value) as Promise<T>,
    close() {
      // It does not come back to its event loop, where it could be terminated.
      Atomics.store(bell, 0, END);
      Atomics.notify(bell, 0);
      worker.terminate();
    },
  };
}
