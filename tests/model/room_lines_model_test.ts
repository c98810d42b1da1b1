/**
 * Model tests of the lines that a producer takes ahead of its records. Bounds: one
 * producer and one consumer, a ring of 512 records that was filled before, one or
 * two calls each. All interleavings.
 */

import { assertEquals } from "@std/assert";
import { wordsOf } from "../../sync/memory/memory.ts";
import {
  HEAD,
  RECORDS,
  type SpscRingHandle,
  TAIL,
} from "../../sync/queue/spsc_layout.ts";
import { SpscRing } from "../../sync/queue/spsc_ring.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import type { Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { crewOf, explored as holds } from "./program.ts";

type Module = Pick<typeof import("../../sync/queue/spsc_ring.ts"), "SpscRing">;

const CAPACITY = 512;

/**
 * A producer comes to the start of the ring, where a stretch begins; a consumer
 * takes two of the records that are left. What stands at a position is the position.
 *
 * @param head All before it is free.
 */
function meets(
  head: number,
  { SpscRing }: Module,
): Program<SpscRingHandle> {
  let crew: CurrentThread[] = [];
  return {
    setup: () => {
      crew = crewOf(2);
      const { handle } = new SpscRing("i32", CAPACITY);
      const words = wordsOf(handle, RECORDS + CAPACITY);
      for (let k = head; k < CAPACITY; k++) words[RECORDS + k] = k;
      Atomics.store(words, HEAD, head);
      Atomics.store(words, TAIL, CAPACITY);
      return handle;
    },
    enter: (thread) => becomeThread(crew[thread]!),
    threads: [
      (handle) => SpscRing.from(handle).producer().tryPush(CAPACITY),
      (handle) => {
        const consumer = SpscRing.from(handle).consumer();
        return [consumer.tryPop(), consumer.tryPop()];
      },
    ],
    check: (_, results) => {
      assertEquals(results, [true, [head, head + 1]]);
    },
    timeouts: 0,
    preemptions: Infinity,
  };
}

function broken(...edits: Edit[]): Promise<Module> {
  return mutant("sync/queue/spsc_ring.ts", [], {
    "sync/queue/room_lines.ts": edits,
    "sync/queue/spsc_producer.ts": [],
  });
}

Deno.test("RoomLines.enter() takes no line with a record that nobody has read", async () => {
  // Room for the stretch that begins, and for all but one word of the next one.
  for (const head of [16, 128, 143, 144, 255, 256, 272]) {
    await holds(meets(head, { SpscRing }));
  }
});

Deno.test("RoomLines: the checker finds lines that are taken without room", async () => {
  const module = await broken(["room >= 2 * STRETCH && ", ""]);
  await refuses("exception", meets(144, module));
});

Deno.test("RoomLines: the checker finds room for one stretch that is taken for two", async () => {
  const module = await broken(["room >= 2 * STRETCH", "room >= STRETCH"]);
  await refuses("exception", meets(144, module));
});
