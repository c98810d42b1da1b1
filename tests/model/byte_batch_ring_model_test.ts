/**
 * Model tests of `ByteBatchRing`: what its frames have of their own; the claim and the
 * batches are those of `BatchRing`. Bounds: a consumer and one or two threads that push
 * up to three frames, in all interleavings, or within so many `preemptions` as are
 * given. 64 places and 64 bytes, unless a test says something else.
 */

import { assert } from "@std/assert";
import type { ByteBatchRing } from "../../sync/batch/byte_batch_ring.ts";
import { frames, type Kind, type Module, ORIGINAL } from "./batch_kinds.ts";
import { losingConsumer } from "./batch_loss_program.ts";
import {
  awaits,
  type Body,
  bounds,
  freesBackwards,
  freesOldest,
  meeting,
  numberOf,
  pushes,
  pushesAtLast,
  pushesOne,
} from "./batch_program.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { endsInSeveralWays as holds, explored } from "./program.ts";

/** Frames of up to eight bytes, of which eight have room. */
const SHORT = frames() as Kind;
/** Frames of 24 bytes, of which two have room: the third one does not wrap. */
const LONG = frames({ length: () => 24, places: 2 }) as Kind;
/** Frames of which there are fewer places than bytes. */
const ROOMY = frames({ byteCapacity: 1024, places: 64 }) as Kind;

Deno.test("ByteBatchRing: a frame is in the batch that is bounded after its push, or in the next one", async () => {
  await holds(meeting([pushes(2)], bounds(2), { kind: SHORT }));
  await holds(meeting([pushes(3)], bounds(1), { kind: SHORT }));
  const options = { kind: SHORT, preemptions: 2 };
  await holds(meeting([pushes(2), pushes(1)], bounds(1), options));
});

Deno.test("ByteBatchRing: the last bytes go to one, and freed ones are found", async () => {
  const options = { kind: SHORT, taken: 7 };
  await holds(meeting([pushes(1), pushes(1)], () => [], options));
  await holds(meeting([pushes(2)], bounds(2), options));
  await holds(meeting([pushes(2)], freesOldest, options));
  await holds(meeting([pushes(2)], freesBackwards, options));
  await holds(meeting([pushes(2)], bounds(2), { kind: ROOMY, taken: 63 }));
});

Deno.test("ByteBatchRing: a frame that does not fit before the end begins at the start", async () => {
  const options = { kind: LONG, taken: 1 };
  await holds(meeting([pushes(2)], bounds(2), options));
  await holds(meeting([pushes(3)], freesOldest, options));
});

Deno.test("ByteBatchRing.push() is woken by room, BatchConsumer.wait() by a frame", async () => {
  await holds(meeting([pushesAtLast], awaits(1), { kind: SHORT, taken: 8 }));
  await explored(meeting([pushesOne], awaits(1), { kind: LONG, taken: 2 }));
});

/** Writes two frames in their places, if there is room. */
const writes: Body<number[]> = ({ ring, kind }, { index }) =>
  [numberOf(index, 0), numberOf(index, 1)].filter((number) => {
    const frame = kind.recordOf(number) as Uint8Array;
    const fill = (bytes: Uint8Array, start: number) => {
      for (let k = 0; k < frame.length; k++) bytes[start + k] = frame[k]!;
    };
    return (ring as ByteBatchRing).tryWrite(frame.length, fill, -number);
  });

Deno.test("ByteBatchRing.tryWrite() is a push", async () => {
  await holds(meeting([writes], bounds(2), { kind: SHORT, taken: 7 }));
  const options = { kind: SHORT, preemptions: 2 };
  await holds(meeting([writes, pushes(1)], bounds(1), options));
});

Deno.test("ByteBatchRing: a pusher that is lost in front of any of its operations leaves whole frames", async () => {
  let lost = 0;
  for (let steps = 0; steps < 12; steps++) {
    const options = { kind: SHORT, lost: steps, preemptions: 2 };
    const program = meeting([pushes(2)], bounds(2), options);
    await explored(program);
    await explored(meeting([pushes(1), pushes(1)], () => [], options));
    if ([...program.ends].some((end) => end.includes("lost"))) lost++;
  }
  assert(lost > 6);
});

Deno.test("ByteBatchRing.consumer() finds what a lost one had not freed, wherever that stopped", async () => {
  const ends = new Set<string>();
  for (let steps = 0; steps < 16; steps++) {
    const program = losingConsumer(steps, { kind: SHORT, taken: 6 });
    await explored(program);
    for (const end of program.ends) ends.add(end);
  }
  for (const end of ["lost 6 2", "lost 6,2 2", "lost  0", "done  0"]) {
    assert(ends.has(end), `${end}: ${[...ends].join("; ")}`);
  }
});

/** Frees only what was there at the start. */
const freesFirst: Body<number[][]> = (ring) => {
  using consumer = ring.consumer();
  ring.freeTaken(consumer);
  return [];
};

/** A ring into which frames are added in another way. */
async function broken(...edits: Edit[]): Promise<Module> {
  const ring = await mutant<Pick<Module, "ByteBatchRing">>(
    "sync/batch/byte_batch_ring.ts",
    [],
    { "sync/batch/frame_intake.ts": edits },
  );
  return { ...ORIGINAL, ...ring };
}

Deno.test("ByteBatchRing: the checker finds a frame that is written after the claim is given back", async () => {
  const module = await broken([
    "    const hasRoom = this.#copyIn(tail, bytes, length, ticket);\n    this.#claim.giveBack(tail, hasRoom ? 1 : 0);\n    return hasRoom;",
    "    this.#claim.giveBack(tail, 1);\n    return this.#copyIn(tail, bytes, length, ticket);",
  ]);
  const options = { kind: SHORT, module };
  await refuses("data race", meeting([pushes(1)], bounds(1), options));
});

Deno.test("ByteBatchRing: the checker finds a frame that begins in front of one that is not free", async () => {
  const module = await broken([
    "if (end <= oldest) return next <= oldest ? end : -1;",
    "if (end <= oldest) return end;",
  ]);
  const options = { kind: SHORT, module, taken: 7 };
  await refuses("exception", meeting([pushes(2)], freesFirst, options));
});

Deno.test("ByteBatchRing: the checker finds a start that is not free", async () => {
  const module = await broken([
    "return roomOf(length) <= oldest ? 0 : -1;",
    "return 0;",
  ]);
  const options = { kind: LONG, module, taken: 1 };
  await refuses("data race", meeting([pushes(2)], bounds(1), options));
});

Deno.test("ByteBatchRing: the checker finds a ring that begins anew before it is empty", async () => {
  const module = await broken([
    "if (taken === 0) return 0;",
    "if (taken <= 1) return 0;",
  ]);
  const options = { kind: SHORT, module, taken: 1 };
  await refuses("data race", meeting([pushes(1)], bounds(1), options));
});

Deno.test("ByteBatchRing: the checker finds a place that is taken, as there are bytes", async () => {
  const module = await broken([
    "if (taken > mask) return -1;",
    "",
  ]);
  const options = { kind: ROOMY, module, taken: 64 };
  await refuses("data race", meeting([pushes(1)], bounds(1), options));
});

Deno.test("ByteBatchRing: the checker finds room by an old head", async () => {
  const module = await broken([
    "if (start < 0) start = this.#find(tail, this.#claim.look(), length);",
    "",
  ]);
  const options = { kind: SHORT, module, taken: 8 };
  await refuses("deadlock", meeting([pushesOne], awaits(1), options));
});
