import {
  assert,
  assertEquals,
  assertGreater,
  assertLessOrEqual,
} from "@std/assert";
import { bytesCodec } from "../../../sync/channel/built_in_codecs.ts";
import { ByteSegments } from "../../../sync/channel/byte_segments.ts";
import { FULL, PUSHED } from "../../../sync/channel/flavor.ts";
import { geometryOf } from "../../../sync/channel/segment_layout.ts";
import type { SharedSlice } from "../../../sync/memory/memory.ts";
import { Barrier } from "../../../sync/mod.ts";
import { recordTypeOf } from "../../../sync/record/record.ts";
import { linearizable } from "../../model/linearizable.ts";
import { runWorkers } from "../crew.ts";
import {
  PER_PRODUCER,
  type SegmentsForm,
  type SegmentsOutcome,
  type SegmentsTask,
  storeOf,
} from "../fixtures/segments_worker.ts";
import { randomFrom } from "../random.ts";
import { touchedSegments } from "./touched_segments.ts";

function newStore(form: SegmentsForm): SharedSlice {
  const { segment, bytes, reserve } = form;
  const record = bytes ? undefined : recordTypeOf<number>("test", "f64");
  const { words } = geometryOf({ record, reserve }, segment);
  const slice = { buffer: new SharedArrayBuffer(4 * words), byteOffset: 0 };
  storeOf(slice, form).init();
  return slice;
}

interface Crew {
  readonly producers: number;
  readonly consumers: number;
  readonly messages: number;
  /** For some producers: they are lost in front of so many operations. */
  readonly fuses?: readonly number[];
}

async function run(
  slice: SharedSlice,
  form: SegmentsForm,
  { producers, consumers, messages, fuses = [] }: Crew,
): Promise<SegmentsOutcome[]> {
  const board = new SharedArrayBuffer(8);
  new Int32Array(board)[0] = producers;
  const start = new Barrier(producers + consumers);
  const tasks = Array.from(
    { length: producers + consumers },
    (_, k): SegmentsTask => ({
      role: k < producers ? "producer" : "consumer",
      stores: [slice],
      form,
      start: start.handle,
      board,
      producer: k,
      messages,
      fuse: fuses[k] ?? 0,
      seed: k + 1,
    }),
  );
  return await runWorkers("segments_worker.ts", tasks);
}

/** Each message once, those of a producer in order; of a lost one maybe one more. */
function assertAxioms(outcomes: readonly SegmentsOutcome[]): void {
  const taken = outcomes.flatMap((outcome) => outcome.taken);
  assertEquals(new Set(taken).size, taken.length);
  for (const outcome of outcomes) {
    const last = new Map<number, number>();
    for (const value of outcome.taken) {
      const producer = Math.floor(value / PER_PRODUCER);
      assertGreater(value, last.get(producer) ?? -1);
      last.set(producer, value);
    }
  }
  for (const [k, { pushed, lost }] of outcomes.entries()) {
    const own = taken.filter((value) => Math.floor(value / PER_PRODUCER) === k);
    assert(own.length === pushed || (lost && own.length === pushed + 1));
    assertEquals(
      new Set(own.map((value) => value % PER_PRODUCER)).size,
      own.length,
    );
    if (own.length > 0) {
      assertEquals(Math.max(...own) % PER_PRODUCER, own.length - 1);
    }
  }
}

for (
  const { name, form, crew } of [
    {
      name: "two producers and two consumers of records",
      form: {
        bytes: false,
        capacity: Infinity,
        reserve: 2 ** 24,
        segment: 256,
      },
      crew: { producers: 2, consumers: 2, messages: 30_000 },
    },
    {
      name: "a bounded store of messages of many sizes",
      form: { bytes: true, capacity: 50, reserve: 2 ** 16, segment: 256 },
      crew: { producers: 2, consumers: 1, messages: 3000 },
    },
    {
      name: "a store of messages in which memory is short",
      form: { bytes: true, capacity: 1000, reserve: 4096, segment: 128 },
      crew: { producers: 1, consumers: 2, messages: 1500 },
    },
  ]
) {
  Deno.test(
    `Segments: each message arrives once and in order: ${name}`,
    { timeout: 120_000 },
    async () => {
      const slice = newStore(form);
      const outcomes = await run(slice, form, crew);
      for (const { pushed } of outcomes.slice(0, crew.producers)) {
        assertEquals(pushed, crew.messages);
      }
      assertAxioms(outcomes);
      assertEquals(storeOf(slice, form).size, 0);
    },
  );
}

Deno.test(
  "Segments: producers lost in the middle of a push lose nothing else",
  { timeout: 120_000 },
  async () => {
    const form = { bytes: true, capacity: 200, reserve: 2 ** 16, segment: 128 };
    const slice = newStore(form);
    const random = randomFrom(7);
    for (let round = 0; round < 4; round++) {
      const outcomes = await run(slice, form, {
        producers: 3,
        consumers: 1,
        messages: 500,
        fuses: [500 + random(500), 0, 500 + random(500)],
      });
      assertEquals(outcomes.slice(0, 3).map(({ lost }) => lost), [
        true,
        false,
        true,
      ]);
      assertAxioms(outcomes);
    }
    // No segment is gone: the largest message that there can be finds room.
    const shape = { ...form, record: undefined, codec: bytesCodec };
    const { used, count } = geometryOf(shape, form.segment);
    const store = new ByteSegments(slice, shape, form.segment);
    assertEquals(store.size, 0);
    const large = new Uint8Array(4 * used * (count - 1) - 8).fill(7);
    assertEquals(store.tryPush(large), PUSHED);
    assertEquals(store.tryPop(), large);
    assertLessOrEqual(touchedSegments(slice), count);
  },
);

Deno.test(
  "Segments: what real threads see is what a queue does (linearizability)",
  { timeout: 120_000 },
  async () => {
    for (const bytes of [false, true]) {
      const form = { bytes, capacity: 3, reserve: 2 ** 13, segment: 128 };
      const stores = Array.from({ length: 300 }, () => newStore(form));
      const start = new Barrier(3);
      const board = new SharedArrayBuffer(8);
      const outcomes = await runWorkers<SegmentsTask, SegmentsOutcome>(
        "segments_worker.ts",
        [0, 1, 2].map((producer): SegmentsTask => ({
          role: "history",
          stores,
          form,
          start: start.handle,
          board,
          producer,
          messages: 6,
          fuse: 0,
          seed: producer + 3,
        })),
      );
      for (const round of stores.keys()) {
        const history = outcomes.flatMap(({ histories }) =>
          histories[round]!.map(([call, ret, input, output]) => ({
            call,
            ret,
            input,
            output,
          }))
        );
        assert(linearizable(history, QUEUE), JSON.stringify(history));
      }
    }
  },
);

/** A queue of three; -1 pops. */
const QUEUE = {
  init: [] as readonly number[],
  step: (state: readonly number[], input: number) => {
    if (input < 0) {
      return { state: state.slice(1), output: state[0] as number | undefined };
    }
    return state.length === 3
      ? { state, output: FULL as number | undefined }
      : { state: [...state, input], output: PUSHED as number | undefined };
  },
};
