import { decode } from "../../../codec/decode.ts";
import { encode } from "../../../codec/encode.ts";
import { Reader } from "../../../codec/reader.ts";
import { Writer } from "../../../codec/writer.ts";
import {
  FrameRingConsumer,
  FrameRingProducer,
} from "../../../sync/queue/frame_ring.ts";
import { pinThread } from "../../../topology/mod.ts";
import { CAPACITY, END, INCREMENT, type RingPair } from "./ring_pair.ts";
import { echo, increment } from "./tasks.ts";

/** Looks at the bell before the thread sleeps. */
const SPINS = 1000;
/** Answers that are published together at most, as by our runtime. */
const LARGEST_BATCH = 16;

const scope = globalThis as unknown as {
  readonly name: string;
  onmessage: (event: MessageEvent<RingPair>) => void;
  postMessage(message: unknown): void;
};

if (scope.name !== "") pinThread([Number(scope.name)]);

scope.onmessage = ({ data: { buffer, answersAt, bellAt } }) => {
  const requests = new FrameRingConsumer({ buffer, byteOffset: 0 }, CAPACITY);
  const answers = new FrameRingProducer(
    { buffer, byteOffset: answersAt },
    CAPACITY,
  );
  const bell = new Int32Array(buffer, bellAt, 1);
  const frame = new Reader(requests.bytes, requests.words);
  const out = new Writer();
  scope.postMessage("ready");
  for (;;) {
    const rung = Atomics.load(bell, 0);
    if (rung === END) return;
    let read = 0;
    let batch = 1;
    while (requests.next()) {
      frame.frame(requests.start, requests.length);
      out.clear();
      out.word(frame.word());
      const value = decode(frame);
      encode(
        out,
        requests.tag === INCREMENT ? increment(value as number) : echo(value),
        "result",
      );
      if (!answers.tryWrite(0, out, 0, out.byteLength)) {
        throw new Error("the ring is full");
      }
      if (++read < batch) continue;
      answers.publish();
      requests.free(); // or a caller that never stops would find no room
      batch = read + Math.min(read, LARGEST_BATCH);
    }
    if (read > 0) {
      answers.publish();
      requests.free();
      continue;
    }
    let spins = 0;
    while (spins < SPINS && Atomics.load(bell, 0) === rung) {
      Atomics.pause?.();
      spins++;
    }
    if (spins === SPINS) Atomics.wait(bell, 0, rung);
  }
};
