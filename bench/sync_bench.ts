// Single operations on shared memory, by one thread. `deno task bench`
import {
  FrameRingConsumer,
  FrameRingProducer,
  frameRingSize,
} from "../sync/queue/frame_ring.ts";
import { Doorbell, DOORBELL_SIZE } from "../sync/mail/doorbell.ts";
import { Barrier, SharedCounter } from "../sync/mod.ts";

const BATCH = 1000;

const counter = new SharedCounter();
const word = new Int32Array(new SharedArrayBuffer(4));

Deno.bench("Atomics.add × 1000", { group: "counter", baseline: true }, () => {
  for (let k = 0; k < BATCH; k++) Atomics.add(word, 0, 1);
});

Deno.bench("SharedCounter.add() × 1000", { group: "counter" }, () => {
  for (let k = 0; k < BATCH; k++) counter.add(1);
});

const alone = new Barrier(1);

Deno.bench("Barrier.wait() of one party × 1000", { group: "barrier" }, () => {
  for (let k = 0; k < BATCH; k++) alone.wait();
});

const CAPACITY = 64 * 1024;
const memory = {
  buffer: new SharedArrayBuffer(frameRingSize(CAPACITY)),
  byteOffset: 0,
};
const producer = new FrameRingProducer(memory, CAPACITY);
const consumer = new FrameRingConsumer(memory, CAPACITY);
const bytes = new Uint8Array(4096).fill(7);
const source = { bytes, words: new Int32Array(bytes.buffer) };

for (const length of [16, 64, 1024, 4096]) {
  Deno.bench(
    `frame ring: 1000 frames of ${length} bytes, published 8 at a time`,
    { group: "ring" },
    () => {
      for (let k = 0; k < BATCH; k += 8) {
        for (let j = 0; j < 8; j++) producer.tryWrite(1, source, 0, length);
        producer.publish();
        while (consumer.next());
        consumer.release();
      }
    },
  );
}

const bell = new Doorbell({
  buffer: new SharedArrayBuffer(DOORBELL_SIZE),
  byteOffset: 0,
}, 16);

Deno.bench("Doorbell: ring and visit × 1000", { group: "doorbell" }, () => {
  for (let k = 0; k < BATCH; k++) {
    bell.ringForMail(3);
    bell.visitMail(() => {});
  }
});
