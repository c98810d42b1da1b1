import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { CLOSED, FULL, PUSHED } from "../../../sync/channel/flavor.ts";
import {
  FrameSegments,
  type FrameTarget,
} from "../../../sync/channel/frame_segments.ts";
import { geometryOf } from "../../../sync/channel/segment_layout.ts";
import { allocate } from "../../../sync/memory/arena.ts";
import { draftOf } from "../../../sync/memory/memory.ts";

const SHAPE = { reserve: 8192, segment: 512 };

function frames(start?: number): FrameSegments {
  const { words } = geometryOf(
    { record: undefined, reserve: SHAPE.reserve },
    SHAPE.segment,
  );
  const slice = allocate(4 * words);
  new FrameSegments(slice, SHAPE).init(start);
  return new FrameSegments(slice, SHAPE);
}

/** A frame of so many words, each of which is another one in each frame. */
function frameOf(count: number, mark: number) {
  const { u8: bytes, i32: words } = draftOf(4 * count);
  for (let k = 0; k < count; k++) words[k] = mark + k;
  return { bytes, words };
}

function target(): FrameTarget {
  const { u8: bytes, i32: words } = draftOf(0);
  return { bytes, words };
}

/** Positions are counted in 30 bits, whose end one of these is close to. */
const STARTS = [undefined, -8];

for (const start of STARTS) {
  Deno.test(`FrameSegments gives frames of any length back as a list does (from ${start ?? 0} on)`, () => {
    const calls = fc.array(
      fc.oneof(
        fc.record({ push: fc.integer({ min: 1, max: 400 }) }),
        fc.constant({ push: 0 }),
      ),
      { maxLength: 60 },
    );
    fc.assert(fc.property(calls, (calls) => {
      const store = frames(start);
      const into = target();
      const list: { count: number; mark: number }[] = [];
      let mark = 1;
      for (const { push: count } of calls) {
        if (count > 0) {
          const pushed = store.push(frameOf(count, mark), 4 * count);
          if (pushed === PUSHED) list.push({ count, mark });
          else assertStrictEquals(pushed, FULL);
          mark += 1000;
        } else {
          const first = list.shift();
          const length = store.pop(into);
          assertStrictEquals(
            length,
            first === undefined ? -1 : 4 * first.count,
          );
          if (first === undefined) continue;
          const { words } = frameOf(first.count, first.mark);
          assertEquals(
            into.words.subarray(0, first.count),
            words.subarray(0, first.count),
          );
        }
        assertStrictEquals(store.size, list.length);
        assertStrictEquals(store.hasFrames, list.length > 0);
      }
    }));
  });
}

Deno.test("FrameSegments.push() says FULL where there is no room, and there is when frames were taken", () => {
  const store = frames();
  const frame = frameOf(100, 1);
  const fill = () => {
    let count = 0;
    while (store.push(frame, 400) === PUSHED) count++;
    return count;
  };
  const most = fill();
  assertStrictEquals(store.push(frame, 400), FULL);
  const into = target();
  for (let round = 0; round < 10; round++) {
    while (store.size > 0) assertStrictEquals(store.pop(into), 400);
    // The segment in which both ends are is not free, which may be that of two frames.
    assert(fill() >= most - 2);
  }
});

Deno.test("FrameSegments.seal() keeps what is there, and takes nothing more", () => {
  const store = frames();
  const { popped } = store;
  store.push(frameOf(2, 1), 8);
  store.seal();
  assertStrictEquals(store.push(frameOf(2, 1), 8), CLOSED);
  assertStrictEquals(store.pop(target()), 8);
  assertStrictEquals(store.pop(target()), -1);
  assertStrictEquals(store.popped, popped + 1);
});
