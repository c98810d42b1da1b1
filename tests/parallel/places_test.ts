import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { type IndexedParallelIterator, par } from "../../parallel/mod.ts";
import { planOf } from "../../parallel/consumers.ts";
import { Claims } from "../../parallel/run/claims.ts";
import {
  attachedClaims,
  PlacedClaims,
} from "../../parallel/run/placed_claims.ts";
import { type Place, placesOf } from "../../parallel/run/places.ts";

const SIZE = 2 ** 20;
const bytes = new Uint8Array(new SharedArrayBuffer(SIZE));
const nodeOfPlan = (plan: IndexedParallelIterator<unknown>) =>
  planOf(plan).node;

/** Where the indices of a plan are, if a byte says by itself on which node it is. */
function places(
  plan: IndexedParallelIterator<unknown>,
  nodeAt: (byte: number) => number | undefined,
  from = 0,
): Place[] | undefined {
  return placesOf(nodeOfPlan(plan), from, (_, byte) => nodeAt(byte!));
}

/** Memory of which the first quarter is on one node, and the rest on another. */
const quarter = (byte: number) => byte < SIZE / 4 ? 2 : 5;

Deno.test("placesOf() finds the parts of a plan whose memory is on one node", () => {
  const expected = [
    { node: 2, from: 0, to: SIZE / 4 },
    { node: 5, from: SIZE / 4, to: SIZE },
  ];
  assertEquals(places(par(bytes), quarter), expected);
  const mapped = par(bytes).map((byte) => byte + 1).withMinLen(5);
  assertEquals(places(mapped, quarter), expected);
  const zipped = par.range(0, SIZE).zip(par(bytes)).enumerate();
  assertEquals(places(zipped, quarter), expected);
  const rows = par(bytes).chunks(1024).map((row) => row.length);
  assertEquals(places(rows, quarter), [
    { node: 2, from: 0, to: 256 },
    { node: 5, from: 256, to: 1024 },
  ]);
});

Deno.test("placesOf() begins where others take part", () => {
  const large = par(new Float64Array(new SharedArrayBuffer(8 * SIZE)));
  const from = SIZE / 2;
  assertEquals(places(large, (byte) => byte < 6 * SIZE ? 0 : 1, from), [
    { node: 0, from, to: SIZE * 3 / 4 },
    { node: 1, from: SIZE * 3 / 4, to: SIZE },
  ]);
  assertEquals(
    places(large, (byte) => byte < 4 * SIZE ? 0 : 1, from),
    undefined,
  );
});

Deno.test("placesOf() puts pages that are nowhere with those before them", () => {
  const nodeAt = (byte: number) =>
    byte < SIZE / 8 || byte >= SIZE * 3 / 4 ? undefined : quarter(byte);
  assertEquals(places(par(bytes), nodeAt), places(par(bytes), quarter));
});

Deno.test("placesOf() knows nothing of memory that is in one place, everywhere, small, or not shared", () => {
  const interleaved = (byte: number) => Math.floor(byte / 4096) % 4;
  const nowhere = [
    places(par(bytes), () => 3),
    places(par(bytes), () => undefined),
    places(par(bytes), interleaved),
    places(par(bytes).rev(), quarter),
    places(par(bytes).skip(5), quarter),
    places(par.range(0, SIZE), quarter),
    places(par(bytes.subarray(1)), quarter),
    places(par(new Uint8Array(SIZE)), quarter),
    places(par(bytes).chain(par(bytes)), quarter),
  ];
  assertEquals(nowhere, nowhere.map(() => undefined));
});

/** All that a thread on a node takes, in its order. */
function takenOn(node: number): number[] {
  const claims = PlacedClaims.makePlaced([
    { node: 0, from: 10, to: 20 },
    { node: 1, from: 20, to: 40 },
    { node: 0, from: 40, to: 50 },
    { node: 2, from: 50, to: 60 },
  ], 1);
  const here = new PlacedClaims(claims.handle, node);
  const starts: number[] = [];
  for (;;) {
    const taken = here.take(100, 100);
    if (taken === undefined) return starts;
    starts.push(taken[0]);
  }
}

Deno.test("PlacedClaims.take() begins with what is on the thread's own node", () => {
  assertEquals(takenOn(0), [10, 40, 20, 50]);
  assertEquals(takenOn(1), [20, 40, 50, 10]);
  assertEquals(takenOn(2), [50, 10, 20, 40]);
  assertEquals(takenOn(7), [10, 20, 40, 50]);
});

Deno.test("PlacedClaims: helpers come, end and release as with other claims", () => {
  const places = [{ node: 0, from: 0, to: 9 }, { node: 1, from: 9, to: 18 }];
  const claims = PlacedClaims.makePlaced(places, 1);
  const other = attachedClaims(claims.handle);
  assertEquals([other.begin(0), claims.dismiss(0)], [true, false]);
  for (const isLast of [false, true]) {
    assert(claims.areLeft);
    assertEquals(other.take(9, 9)![0], isLast ? 9 : 0);
  }
  assert(!claims.areLeft);
  claims.end();
  assertEquals([other.take(1, 1), claims.take(1, 1)], [undefined, undefined]);
  claims.release();
  const memories = [Claims.make(0, 1, 1), Claims.make(0, 1, 1)]
    .map(({ handle }) => handle.memory);
  const { lanes } = claims.handle;
  const former = lanes.map((lane) => lane.claims.memory);
  assertEquals(new Set(memories), new Set(former));
  const plain = attachedClaims(Claims.make(0, 9, 0).handle);
  assertStrictEquals(plain.constructor, Claims);
});
