import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import fc from "fast-check";
import { allocate } from "../../../sync/memory/arena.ts";
import {
  PLACES,
  TaskCells,
  taskCellsSize,
} from "../../../sync/mail/task_cells.ts";

function cellsOf(places: number): TaskCells {
  return new TaskCells(allocate(taskCellsSize(places)), places);
}

Deno.test("TaskCells.isCancelled() is true of the cancelled number only, until its place is used again", () => {
  const cells = cellsOf(16);
  for (const number of [3, 0x7fffffe3, 16 + 3]) {
    cells.begin(number);
    assertFalse(cells.isCancelled(number));
    cells.cancel(number);
    assert(cells.isCancelled(number));
    assertFalse(cells.isCancelled(number ^ 16));
    assertFalse(cells.isCancelled(4));
    cells.begin(number ^ 16);
    assertFalse(cells.isCancelled(number));
  }
});

Deno.test("TaskCells.begin() forgets what was said of the same number 2048 uses before", () => {
  const cells = cellsOf(16);
  cells.begin(5);
  cells.cancel(5);
  cells.take(5, 1025);
  cells.begin(5);
  assertFalse(cells.isCancelled(5));
  assertEquals(cells.takerOf(5), 0);
});

Deno.test("TaskCells.beginBound() forgets what was cancelled, by a former owner too, and no taker", () => {
  const slice = allocate(taskCellsSize(16));
  const former = new TaskCells(slice, 16);
  for (const number of [3, 9]) {
    former.beginBound(number);
    former.cancel(number);
    former.take(number, 1025);
  }
  const cells = new TaskCells(slice, 16);
  cells.beginBound(9);
  assertFalse(cells.isCancelled(9));
  assertEquals(cells.takerOf(9), 1025);
  assert(cells.isCancelled(3));
  for (let use = 0; use < 3; use++) {
    cells.cancel(9);
    assert(cells.isCancelled(9));
    cells.beginBound(9);
    assertFalse(cells.isCancelled(9));
  }
  cells.begin(9);
  assertEquals(cells.takerOf(9), 0);
});

Deno.test("TaskCells.takerOf() is the last taker, or none after putBack()", () => {
  const cells = cellsOf(4);
  cells.begin(1);
  assertEquals(cells.takerOf(1), 0);
  cells.take(1, 1025);
  cells.take(1, 2 ** 31 - 1);
  assertEquals(cells.takerOf(1), 2 ** 31 - 1);
  assertEquals(cells.takerOf(2), 0);
  cells.putBack(1);
  assertEquals(cells.takerOf(1), 0);
});

Deno.test("TaskCells.takerOf() knows none of a task that was just begun, however often its number came round", () => {
  const places = 4;
  const step = fc.record({
    place: fc.integer({ min: 1, max: places - 1 }),
    what: fc.constantFrom(
      "begin",
      "begin",
      "call",
      "bound",
      "take",
      "put back",
    ),
  });
  fc.assert(
    fc.property(
      fc.array(fc.array(step, { maxLength: 40 }), { maxLength: 3 }),
      (owners) => {
        const slice = allocate(taskCellsSize(places));
        const takers = new TaskCells(slice, places);
        for (const steps of owners) {
          const cells = new TaskCells(slice, places);
          const salts = new Array<number>(places).fill(-1);
          const expected = new Map<number, number>();
          for (const [k, { place, what }] of steps.entries()) {
            const isUnbound = expected.has(place);
            const numberOf = () => salts[place]! * places + place;
            if (what === "take" || what === "put back") {
              if (!isUnbound) continue;
              if (what === "take") takers.take(numberOf(), k + 1);
              else takers.putBack(numberOf());
              expected.set(place, what === "take" ? k + 1 : 0);
            } else {
              salts[place] = (salts[place]! + 1) % 3;
              expected.delete(place);
              if (what === "bound") cells.beginBound(numberOf());
              if (what === "begin") {
                cells.begin(numberOf());
                expected.set(place, 0);
              }
            }
            for (const [place, taker] of expected) {
              const number = salts[place]! * places + place;
              assertEquals(cells.takerOf(number), taker);
            }
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("TaskCells.isLetTo() is true of the last tenant only, and no task changes that", () => {
  const cells = cellsOf(2);
  assertFalse(cells.isLetTo(1));
  cells.letTo(1);
  cells.begin(1);
  cells.cancel(1);
  cells.take(1, 7);
  assert(cells.isLetTo(1));
  cells.letTo(2);
  assertFalse(cells.isLetTo(1));
  assert(cells.isLetTo(2));
});

Deno.test("TaskCells throws a RangeError if its places are no power of two in range", () => {
  const slice = allocate(64);
  for (const places of [0, 1, 3, NaN, -2, 2 * PLACES, 2.5]) {
    assertThrows(() => new TaskCells(slice, places), RangeError, "places");
  }
  assertEquals(taskCellsSize(), 3 * 2 ** 22);
});
