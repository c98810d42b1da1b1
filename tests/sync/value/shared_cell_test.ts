import {
  assert,
  assertEquals,
  assertFalse,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { LINE } from "../../../sync/memory/memory.ts";
import type { RecordKind } from "../../../sync/record/record.ts";
import { SharedCell } from "../../../sync/value/shared_cell.ts";
import { struct } from "../../../sync/record/struct.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { runWorkers } from "../crew.ts";
import type { CellOutcome, CellTask } from "../fixtures/shared_cell_worker.ts";
import { refusesHandles } from "../handles.ts";
import { claimOther } from "../other_thread.ts";

const TIMEOUT = { timeout: 120_000 };
const KINDS: readonly RecordKind[] = ["i32", "u32", "f64"];

const Span = struct({ from: "f64", to: "f64", open: "bool" });
const SPAN = { from: 0, to: 1, open: true };

/** Lets a cell go through the end of its version's range. */
function moveTo(cell: { handle: SharedCell["handle"] }, version: number): void {
  const { buffer, byteOffset } = cell.handle;
  const words = new Int32Array(buffer, byteOffset);
  // All copies are of the same record, whatever the version.
  words[LINE / 4] = version;
}

Deno.test("SharedCell keeps a record, in all threads that attach (U20)", () => {
  const cell = new SharedCell(Span, SPAN);
  const same = SharedCell.from(structuredClone(cell.handle));
  assertEquals(same.load(), SPAN);
  const into = { ...SPAN, to: 7 };
  assertStrictEquals(same.load(into), into);
  assertEquals(into, SPAN);
  same.store({ ...SPAN, to: 2 });
  assertEquals(cell.load().to, 2);
  assertEquals(cell.exchange({ ...SPAN, to: 3 }, into), { ...SPAN, to: 2 });
  assertEquals(into.to, 2);
  assertFalse(cell.compareExchange(SPAN, { ...SPAN, to: 4 }));
  assert(cell.compareExchange({ ...SPAN, to: 3 }, { ...SPAN, to: 4 }));
  const updated = cell.update((span) => {
    span.from = span.to;
    return span;
  });
  assertEquals(updated, { from: 4, to: 4, open: true });
  assertEquals(same.load(), updated);
});

Deno.test("SharedCell keeps every number of its kind", () => {
  const values: Record<RecordKind, number[]> = {
    i32: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)],
    u32: [0, 1, 2 ** 31, 2 ** 32 - 1],
    f64: [0, -0, 0.1, -1e300, 5e-324, NaN, Infinity, -Infinity, 2 ** 53],
  };
  for (const kind of KINDS) {
    for (const value of values[kind]) {
      const cell = new SharedCell(kind, value);
      assert(Object.is(cell.load(), value));
      cell.store(7);
      cell.store(value);
      assert(Object.is(cell.exchange(7), value));
      cell.store(value);
      assert(cell.compareExchange(value, 7));
    }
  }
  const zero = new SharedCell("f64", 0);
  assertFalse(zero.compareExchange(-0, 1));
});

const value = fc.integer({ min: 0, max: 3 });
const step = fc.oneof(
  fc.tuple(fc.constant("load" as const)),
  fc.tuple(fc.constantFrom("store", "exchange", "update" as const), value),
  fc.tuple(fc.constant("compareExchange" as const), value, value),
);

Deno.test("SharedCell does what a variable does, wherever its version starts", () => {
  fc.assert(fc.property(
    fc.constantFrom(0, 2 ** 31, 2 ** 32),
    fc.nat(10),
    fc.array(step, { maxLength: 40 }),
    (wrap, before, steps) => {
      const pair = (k: number) => ({ from: k, to: -k, open: k % 2 === 0 });
      const cell = new SharedCell(Span, pair(0));
      for (let k = 0; k < 3; k++) cell.store(pair(0));
      moveTo(cell as never, wrap - before);
      const same = SharedCell.from(cell.handle);
      let variable = 0;
      for (const [name, first = 0, second = 0] of steps) {
        if (name === "load") assertEquals(same.load(), pair(variable));
        else if (name === "store") {
          cell.store(pair(variable = first));
        } else if (name === "exchange") {
          assertEquals(same.exchange(pair(first)), pair(variable));
          variable = first;
        } else if (name === "update") {
          cell.update(({ from }) => pair(from + first));
          variable += first;
        } else {
          const equal = variable === first;
          assertEquals(cell.compareExchange(pair(first), pair(second)), equal);
          if (equal) variable = second;
        }
      }
      assertEquals(cell.load(), pair(variable));
    },
  ));
});

Deno.test("SharedCell refuses bad records and stays as it is", () => {
  const bad: Record<RecordKind, unknown[]> = {
    i32: [0.5, 2 ** 31, NaN, "1", undefined, 1n],
    u32: [-1, 2 ** 32, 0.5, null],
    f64: ["1", undefined, 1n],
  };
  for (const kind of KINDS) {
    const cell = new SharedCell(kind, 7);
    for (const value of bad[kind] as number[]) {
      const type = typeof value === "number" ? RangeError : TypeError;
      assertThrows(() => new SharedCell(kind, value), type);
      assertThrows(() => cell.store(value), type);
      assertThrows(() => cell.exchange(value), type);
      assertThrows(() => cell.compareExchange(value, 1), type);
      assertThrows(() => cell.compareExchange(7, value), type);
      assertThrows(() => cell.update(() => value), type);
      assertEquals(cell.load(), 7);
    }
  }
  const cell = new SharedCell(Span, SPAN);
  for (const bad of [{}, { ...SPAN, to: "1" }, { from: 1 }, null, 7]) {
    assertThrows(() => cell.store(bad as never), TypeError);
  }
  const thrown = new Error("enough");
  assertStrictEquals(
    assertThrows(() =>
      cell.update(() => {
        throw thrown;
      })
    ),
    thrown,
  );
  assertEquals(cell.load(), SPAN);
  cell.store(SPAN);
  assertThrows(() => new SharedCell("i64" as never, 1), TypeError);
  assertThrows(() => new SharedCell(undefined as never, 1), TypeError);
});

Deno.test("SharedCell refuses handles of something else, too small or of another form", () => {
  const { handle } = new SharedCell("f64", 1);
  const attach = refusesHandles(handle, SharedCell.from, LINE + 4 + 4 * 8);
  assertThrows(() => attach({ kind: "Mutex" }), TypeError);
  assertThrows(() => attach({ record: "i32" }), RangeError);
  assertThrows(() => attach({ record: Span.form }), RangeError);
  assertThrows(() => attach({ record: "i64" }), TypeError);
  assertThrows(() => attach({ record: [["x", "f65"]] }), TypeError);
});

Deno.test("SharedCell: code of the caller may use the cell that it is called by", () => {
  const cell = new SharedCell(Span, SPAN);
  cell.store({
    ...SPAN,
    get to() {
      cell.store({ ...SPAN, to: 99 });
      return cell.load().to + 1;
    },
  });
  assertEquals(cell.load().to, 100);
  const expected = cell.load();
  const given = {
    ...SPAN,
    get to() {
      cell.compareExchange(SPAN, SPAN);
      return 5;
    },
  };
  assert(cell.compareExchange(expected, given));
  assertEquals(cell.load(), { ...SPAN, to: 5 });
});

Deno.test("SharedCell.store() takes over from a lost writer", TIMEOUT, () => {
  const cell = new SharedCell(Span, SPAN);
  const { buffer, byteOffset } = cell.handle;
  const words = new Int32Array(buffer, byteOffset);
  const { threads } = currentThread();
  using lost = claimOther();
  for (const contended of [0, 1 << 31]) {
    // As a writer leaves it that stops after it has taken the lock.
    words[1] = lost.id | contended;
    assertEquals(cell.load(), SPAN);
    threads.markLost(lost.id);
    cell.store({ ...SPAN, to: 2 });
    assertEquals(cell.load().to, 2);
    assertEquals(words[1], 0);
    cell.store(SPAN);
  }
});

Deno.test(
  "SharedCell: workers read no record that nobody stored, and lose no update",
  TIMEOUT,
  async () => {
    const workers = 3;
    const rounds = 10_000;
    const Wide = struct({
      count: "u32",
      minus: "i32",
      half: "f64",
      big: "i64",
      odd: "bool",
    });
    const cell = new SharedCell(
      Wide,
      { count: 0, minus: 0, half: 0, big: 0n, odd: false },
    );
    const outcomes = await runWorkers<CellTask, CellOutcome>(
      "shared_cell_worker.ts",
      Array.from({ length: workers }, (_, k) => ({
        cell: cell.handle,
        rounds,
        seed: k + 1,
      })),
    );
    assertEquals(outcomes.map(({ torn }) => torn), [0, 0, 0]);
    const updates = outcomes.reduce((sum, each) => sum + each.updates, 0);
    assertEquals(cell.load().count, updates);
  },
);

/** NaN as it may come out of a computation, or from elsewhere. */
const NANS = [0x7ff8000000000000n, 0xfff8000000000000n, 0x7ff8000000000123n]
  .map((bits) => new Float64Array(BigUint64Array.of(bits).buffer)[0]!);

Deno.test("SharedCell.compareExchange() finds any NaN, however it came about", () => {
  const Half = struct({ half: "f32", whole: "f64" });
  for (const stored of NANS) {
    for (const expected of NANS) {
      const cell = new SharedCell("f64", stored);
      assert(cell.compareExchange(expected, 1));
      const halves = new SharedCell(Half, { half: stored, whole: stored });
      assert(
        halves.compareExchange(
          { half: expected, whole: expected },
          { half: 1, whole: 2 },
        ),
      );
      assertEquals(halves.load(), { half: 1, whole: 2 });
    }
  }
});

Deno.test(
  "SharedCell.store() goes on after a call of this thread that was cut off",
  TIMEOUT,
  () => {
    const cell = new SharedCell("i32", 1);
    const { buffer, byteOffset } = cell.handle;
    const words = new Int32Array(buffer, byteOffset);
    for (const contended of [0, 1 << 31]) {
      // As a stack leaves it that is full in the middle of a call.
      words[1] = currentThread().id | contended;
      cell.store(2);
      assertEquals([cell.load(), words[1]], [2, 0]);
    }
  },
);
