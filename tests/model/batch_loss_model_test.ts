/**
 * Model tests of `BatchRing` whose pushers or consumer are lost. Bounds: as in
 * `batch_ring_model_test.ts`.
 */

import { assert, assertEquals } from "@std/assert";
import type { BatchesHandle } from "../../sync/batch/batch_memory.ts";
import { BatchRing } from "../../sync/batch/batch_ring.ts";
import type { BatchRingHandle } from "../../sync/batch/record_batches.ts";
import { RingEndLostError } from "../../sync/queue/ring_end.ts";
import { losingConsumer } from "./batch_loss_program.ts";
import {
  bounds,
  crew,
  enter,
  meeting,
  ModelRing,
  pushes,
  pushesOne,
  ringAt,
} from "./batch_program.ts";
import { endsInSeveralWays as holds, explored, markLost } from "./program.ts";

Deno.test("BatchRing: a pusher that is lost in front of any of its operations holds up nobody", async () => {
  let lost = 0;
  for (let steps = 0; steps < 12; steps++) {
    const options = { lost: steps, preemptions: 2 };
    const program = meeting([pushes(2)], bounds(2), options);
    await explored(program);
    const three = meeting([pushes(1), pushes(1)], bounds(1), options);
    await explored(three);
    if ([...program.ends].some((end) => end.includes("lost"))) lost++;
  }
  assert(lost > 6);
});

Deno.test("BatchRing: the claim of a lost thread is nobody's, though another one has its index", async () => {
  const options = { haunted: true, preemptions: 3 };
  await explored(meeting([pushes(1), pushes(1)], () => [], options));
  await explored(meeting([() => [], pushes(1)], bounds(1), options));
  await holds(meeting([pushes(2)], bounds(2), { haunted: true }));
});

Deno.test("BatchRing.consumer() finds what a lost one had not freed, wherever that stopped", async () => {
  const ends = new Set<string>();
  for (let steps = 0; steps < 16; steps++) {
    const program = losingConsumer(steps);
    await explored(program);
    for (const end of program.ends) ends.add(end);
  }
  // Nothing freed, all freed, and in between.
  for (
    const end of ["lost 62 2", "lost 62,2 2", "lost 62 0", "lost  0", "done  0"]
  ) {
    assert(ends.has(end), `${end}: ${[...ends].join("; ")}`);
  }
});

Deno.test("BatchRing.push() ends when the consumer is lost before it has freed anything", async () => {
  const ends = new Set<string>();
  await explored<BatchesHandle>({
    enter,
    setup: () => ringAt({ taken: 64 }),
    threads: [
      (handle) => {
        const consumer = new ModelRing(handle, {}).consumer();
        consumer.unfinished[0]?.free();
        markLost(crew[0]!);
      },
      (handle, thread) => {
        pushesOne(new ModelRing(handle, {}), thread);
        const ring = BatchRing.from(handle as BatchRingHandle);
        // There is room for 63 more.
        assertEquals(ring.pushMany(new Int32Array(70)), 63);
        try {
          return String(ring.push(1));
        } catch (error) {
          if (!(error instanceof RingEndLostError)) throw error;
          return "lost";
        }
      },
    ],
    check: (_, [, end]) => ends.add(end as string),
    timeouts: 1,
    // A loss wakes nobody: it is noticed at the end of a slice.
    expireTimeouts: [1],
  });
  assertEquals([...ends], ["lost"]);
});
