import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
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
  assertEquals(taskCellsSize(), 2 ** 23);
});
