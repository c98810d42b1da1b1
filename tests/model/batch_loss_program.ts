/**
 * A ring of batches whose consumer is lost.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { BatchesHandle } from "../../sync/batch/batch_memory.ts";
import {
  crew,
  enter,
  ModelRing,
  type Options,
  pushes,
  ringAt,
} from "./batch_program.ts";
import { mortal } from "./mortal.ts";
import { type Ending, markLost } from "./program.ts";

/**
 * The consumer is lost in front of any of its operations; another thread takes over
 * what it had bounded, and the first one pushes meanwhile.
 *
 * @param steps How many operations it does.
 */
export function losingConsumer(
  steps: number,
  options: Options = {},
): Ending<BatchesHandle> {
  const ends = new Set<string>();
  /** So many pushed records were in a batch that was freed. */
  let freed = 0;
  return {
    ends,
    enter,
    // Each place has begun a batch before.
    setup: () => ringAt({ position: -32, lap: true, taken: 62, ...options }),
    threads: [
      (handle, thread) => pushes(2)(new ModelRing(handle, options), thread),
      mortal(
        steps,
        (handle: BatchesHandle) => {
          freed = 0;
          const consumer = new ModelRing(handle, options).consumer();
          const [full] = consumer.unfinished;
          const batch = consumer.bound();
          // A look, in front of which it may be lost, after each step.
          assert(consumer.openSize <= 2);
          batch?.free();
          freed = batch?.length ?? 0;
          assert(consumer.openSize <= 2);
          full!.free();
          consumer.release();
          return "done";
        },
        (thread) => markLost(crew[thread]!),
      ),
    ],
    check: (handle, [pushed, end]) => {
      enter(3);
      const ring = new ModelRing(handle, options);
      const places = ring.ring.size;
      using consumer = ring.consumer();
      const lengths = consumer.unfinished.map(({ length }) => length);
      const rest = ring.restOf(consumer).flat();
      // What is left are the last ones, in order, and nothing came twice.
      assertEquals(rest, (pushed as number[]).slice(freed));
      assert(places >= rest.length);
      assertEquals(ring.ring.size, 0);
      assertEquals(ring.fill(), ring.kind.places);
      ends.add(`${end} ${lengths} ${rest.length}`);
    },
    timeouts: 0,
  };
}
