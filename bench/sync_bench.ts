// Single operations on shared memory, by one thread. `deno task bench`
import {
  FrameRingConsumer,
  FrameRingProducer,
  frameRingSize,
} from "../sync/queue/frame_ring.ts";
import { Doorbell, DOORBELL_SIZE } from "../sync/mail/doorbell.ts";
import { generatedAccess, loopAccess } from "../sync/record/struct_access.ts";
import { layOut } from "../sync/record/struct_layout.ts";
import { Barrier, BatchRing, Channel, SharedCounter } from "../sync/mod.ts";

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

/** The longest rest of who waits for records: see `sync/thread/stream_rest.ts`. */
const LONGEST_REST = 128;

Deno.bench("a rest of 128 pauses", { group: "rest" }, () => {
  for (let k = 0; k < LONGEST_REST; k++) Atomics.pause();
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
        let read = 0;
        while (consumer.next()) read++;
        if (read !== 8) throw new Error(`8 frames were written: read ${read}`);
        consumer.release();
      }
    },
  );
}

const bell = new Doorbell({
  buffer: new SharedArrayBuffer(DOORBELL_SIZE),
  byteOffset: 0,
}, 16);
let rung = 0;
const answer = () => {
  rung++;
};

Deno.bench("Doorbell: ring and visit × 1000", { group: "doorbell" }, () => {
  const before = rung;
  for (let k = 0; k < BATCH; k++) {
    bell.ringForMail(3);
    bell.visitMail(answer);
  }
  if (rung !== before + BATCH) {
    throw new Error(`rang ${BATCH} times: heard ${rung - before}`);
  }
});

const layout = layOut("create struct", [["x", "f64"], ["id", "i32"], [
  "seen",
  "bool",
]]);

for (
  const [name, access] of [
    ["generated code", generatedAccess(layout)],
    ["a loop over the fields", loopAccess(layout)],
  ] as const
) {
  const record = { x: 0.5, id: 0, seen: true };

  Deno.bench(`struct there and back by ${name} × 1000`, {
    group: "struct",
  }, () => {
    for (let k = 0; k < BATCH; k++) {
      record.id = k;
      access.draft("bench", record);
      access.assign(record);
    }
    if (record.id !== BATCH - 1) throw new Error(`read ${record.id}`);
  });
}

for (const single of [false, true]) {
  const channel = new Channel<number>("f64", { capacity: 1024, single });
  const sender = channel.sender();
  const receiver = channel.receiver();
  const group = single ? "channel, single" : "channel";
  const sendAll = () => {
    for (let k = 0; k < BATCH; k++) sender.send(k + 0.5);
  };
  const receiveAll = () => {
    for (let k = 0; k < BATCH; k++) receiver.recv();
  };

  // One thread: no line of memory is fetched from another processor.
  Deno.bench("Sender.send() of a number × 1000", { group }, (b) => {
    b.start();
    sendAll();
    b.end();
    receiveAll();
  });

  Deno.bench("Receiver.recv() of a number × 1000", { group }, (b) => {
    sendAll();
    b.start();
    receiveAll();
    b.end();
  });
}

const lines = new Int32Array(new SharedArrayBuffer(4 * 128));

Deno.bench(
  "the atomic operations of a send, alone × 1000",
  { group: "channel" },
  () => {
    for (let k = 0; k < BATCH; k++) {
      const tail = Atomics.load(lines, 0);
      Atomics.compareExchange(lines, 32, tail, -1);
      const seal = Atomics.load(lines, 64);
      Atomics.store(lines, 32, tail + 1);
      Atomics.compareExchange(lines, 0, tail, tail + 1);
      if (seal + Atomics.load(lines, 96) !== 0) throw new Error("sealed");
    }
  },
);

const pushed = new BatchRing("i32", 1024);
const pushedBatches = pushed.consumer();

Deno.bench("BatchRing.tryPush() of a number × 1000", { group: "batch" }, () => {
  for (let k = 0; k < BATCH; k++) pushed.tryPush(k);
  const batch = pushedBatches.bound();
  if (batch?.length !== BATCH) throw new Error(`bounded ${batch?.length}`);
  batch.free();
});
