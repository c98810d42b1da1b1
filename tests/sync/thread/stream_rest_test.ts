import {
  assert,
  assertEquals,
  assertGreater,
  assertLessOrEqual,
} from "@std/assert";
import { StreamRest } from "../../../sync/thread/stream_rest.ts";

interface Traffic {
  /** How many steps a wait is followed by, after a rest of so many pauses. */
  steps(pauses: number): number;
  readonly room?: number;
}

/** How long the rests are of so many waits. */
function rests(
  rest: StreamRest,
  waits: number,
  { steps, room }: Traffic,
): number[] {
  const found: number[] = [];
  let progress = 2 ** 31 - 1000;
  for (let k = 0; k < waits; k++) {
    rest.begin(progress | 0, room);
    const pauses = rest.rest();
    found.push(pauses);
    progress += steps(pauses);
  }
  return found;
}

/** Who rests longer finds more. */
const STREAM = (pauses: number) => 1 + 3 * pauses;
/** One thread answers the other. */
const ANSWERS = () => 1;
/** One thread has so many answers to wait for: more will not come. */
const WINDOW = () => 16;

Deno.test("StreamRest rests for one pause where one step follows another, but for a try now and then", () => {
  const found = rests(new StreamRest(), 20_000, { steps: ANSWERS });
  const tries = found.flatMap((pauses, k) => pauses > 1 ? [k] : []);
  assertGreater(tries.length, 3);
  const between = tries.slice(1).map((at, k) => at - tries[k]!);
  assertEquals(between, between.toSorted((a, b) => a - b));
  assertGreater(between.at(-1)!, 20 * between[0]!);
});

Deno.test("StreamRest rests as long as that finds more, up to a bound", () => {
  const found = rests(new StreamRest(), 500, { steps: STREAM });
  const longest = Math.max(...found);
  assertGreater(longest, 64);
  assertLessOrEqual(longest, 128);
  // It climbs anew now and then, from the length below.
  const last = found.slice(-200);
  assertGreater(last.filter((pauses) => pauses === longest).length, 150);
  assert(last.every((pauses) => pauses >= longest / 2));
});

Deno.test("StreamRest does not rest where more does not come of it", () => {
  const found = rests(new StreamRest(), 20_000, { steps: WINDOW });
  const resting = found.filter((pauses) => pauses > 1).length;
  assertGreater(resting, 0);
  assertLessOrEqual(resting, found.length / 20);
});

Deno.test("StreamRest stops as soon as one thread answers the other", () => {
  const rest = new StreamRest();
  assertGreater(rests(rest, 500, { steps: STREAM }).at(-1)!, 1);
  const found = rests(rest, 4, { steps: ANSWERS });
  // The first wait follows the steps before it, the second one starts anew.
  assertEquals(found.slice(2), [1, 1]);
});

Deno.test("StreamRest rests shorter again where a stream gives way to a window", () => {
  const rest = new StreamRest();
  assertGreater(rests(rest, 500, { steps: STREAM }).at(-1)!, 1);
  const found = rests(rest, 20_000, { steps: WINDOW });
  assertLessOrEqual(found.filter((pauses) => pauses > 1).length, 4000);
});

Deno.test("StreamRest rests longer for room, as far as there is much to take", () => {
  const longest = (room: number) =>
    Math.max(...rests(new StreamRest(), 500, { steps: STREAM, room }));
  assertLessOrEqual(longest(4), 32);
  assertEquals(longest(200), 50);
  assertGreater(longest(1024), longest(0));
  assertEquals(longest(2 ** 24), longest(2 ** 20));
});
