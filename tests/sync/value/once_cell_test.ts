import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { DeadlockError } from "../../../sync/lock/lock_errors.ts";
import {
  MAX_CELL_BYTES,
  Once,
  OnceCell,
  OncePoisonedError,
  SharedCounter,
  struct,
} from "../../../sync/mod.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { runWorkers } from "../crew.ts";
import type { CellOutcome, CellTask } from "../fixtures/once_cell_worker.ts";
import { refusesHandles } from "../handles.ts";
import { claimOther, runAs } from "../other_thread.ts";

const TIMEOUT = { timeout: 120_000 };

Deno.test("OnceCell keeps the first value of its form (U5)", () => {
  const Point = struct({ x: "f64", n: "u8" });
  const cells: [OnceCell<never>, unknown, unknown][] = [
    [new OnceCell("i32"), -1, 2],
    [new OnceCell("u32"), 2 ** 32 - 1, 0],
    [new OnceCell("f64"), -0.1, NaN],
    [new OnceCell(Point), { x: 1e300, n: 7 }, { x: 0, n: 0 }],
    [OnceCell.ofBytes(3), Uint8Array.of(1, 2, 3), new Uint8Array(3)],
  ] as never;
  for (const [cell, first, second] of cells) {
    const other = OnceCell.from<never>(structuredClone(cell.handle));
    assertEquals(other.get(), undefined);
    assertFalse(other.isSet);
    assert(cell.set(first as never));
    assertFalse(other.set(second as never));
    assertEquals(other.get(), first as never);
    assertEquals(other.getOrInit(() => second as never), first as never);
    assertEquals(other.wait({ timeout: 0 }), first as never);
    assert(other.isSet);
  }
});

Deno.test("OnceCell.ofBytes() gives all the same bytes", () => {
  const cell = OnceCell.ofBytes(256);
  const source = new Uint8Array(256).fill(7);
  const mine = cell.getOrInit(() => source);
  source.fill(0);
  assertEquals(mine[255], 7);
  const { buffer } = OnceCell.from<Uint8Array>(cell.handle).get()!;
  assert(buffer === cell.handle.buffer && mine.buffer === buffer);
});

Deno.test("OnceCell.getOrInit() that throws leaves it empty for the next (U5)", async () => {
  const cell = new OnceCell("i32");
  const problem = new Error("no");
  const fail = () => {
    throw problem;
  };
  assertEquals(assertThrows(() => cell.getOrInit(fail)), problem);
  assertEquals(await cell.getOrInitAsync(fail).catch((e) => e), problem);
  // So does a value of another form.
  assertThrows(() => cell.getOrInit(() => 0.5), RangeError);
  assertThrows(() => cell.set("1" as never), TypeError);
  await assertRejects(() => cell.getOrInitAsync(() => 2 ** 31), RangeError);
  assertFalse(cell.isSet);
  assertEquals(await cell.getOrInitAsync(() => Promise.resolve(3)), 3);
  const bytes = OnceCell.ofBytes(2);
  assertThrows(() => bytes.set(new Uint8Array(3)), RangeError);
  assertThrows(() => bytes.set([1, 2] as never), TypeError);
  assert(bytes.set(new Uint8Array(2)));
});

Deno.test(
  "OnceCell: the others wait while one makes the value (U5)",
  TIMEOUT,
  async () => {
    const cell = new OnceCell("f64");
    const { promise, resolve } = Promise.withResolvers<number>();
    const first = cell.getOrInitAsync(() => promise);
    const others = [
      OnceCell.from(cell.handle).getOrInitAsync(() => 1),
      cell.getOrInitAsync(() => 2),
      cell.waitAsync(),
    ];
    assertEquals(cell.get(), undefined);
    assertFalse(cell.set(3));
    // This thread would wait for itself.
    assertThrows(() => cell.getOrInit(() => 4), DeadlockError);
    const another = OnceCell.from(cell.handle);
    assertThrows(() => another.getOrInit(() => 4), DeadlockError);
    using other = claimOther();
    const late = () =>
      runAs(other.id, () => another.getOrInit(() => 4, { timeout: 1 }));
    assertEquals(assertThrows(late, DOMException).name, "TimeoutError");
    await assertRejects(
      () => cell.getOrInitAsync(() => 5, { timeout: 1 }),
      DOMException,
    );
    const reason = new Error("enough");
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = [
      cell.getOrInitAsync(() => 6, { signal }).catch((error) => error),
      cell.waitAsync({ signal }).catch((error) => error),
    ];
    controller.abort(reason);
    assertEquals(await Promise.all(aborted), [reason, reason]);
    resolve(0.5);
    assertEquals(await first, 0.5);
    assertEquals(await Promise.all(others), [0.5, 0.5, 0.5]);
  },
);

Deno.test(
  "OnceCell.wait() ends by its timeout or its signal",
  TIMEOUT,
  async () => {
    const cell = new OnceCell("i32");
    for (const timeout of [0, 1, 5]) {
      const error = assertThrows(() => cell.wait({ timeout }), DOMException);
      assertEquals(error.name, "TimeoutError");
      await assertRejects(() => cell.waitAsync({ timeout }), DOMException);
    }
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    assertEquals(await cell.waitAsync({ signal }).catch((e) => e), reason);
    assertEquals(
      await cell.getOrInitAsync(() => 1, { signal }).catch((e) => e),
      reason,
    );
    assertFalse(cell.isSet);
  },
);

Deno.test(
  "OnceCell: a lost initialiser leaves it empty, and a Once poisoned (U5)",
  TIMEOUT,
  async () => {
    const { threads } = currentThread();
    const cell = new OnceCell("i32");
    const once = new Once();
    using other = claimOther();
    const never = () => new Promise<never>(() => {});
    void runAs(other.id, () => cell.getOrInitAsync(never));
    void runAs(other.id, () => once.runAsync(never));
    const waits = [cell.getOrInitAsync(() => 1), cell.getOrInitAsync(() => 2)];
    const stopped = once.runAsync(() => {}).catch((error) => error);
    threads.markLost(other.id);
    const [one, two] = await Promise.all(waits);
    assert(one === two && (one === 1 || one === 2));
    assert(await stopped instanceof OncePoisonedError);
    // And who does not wait takes over too.
    const next = new OnceCell("i32");
    using third = claimOther();
    void runAs(third.id, () => next.getOrInitAsync(never));
    assertFalse(next.set(5));
    threads.markLost(third.id);
    assert(next.set(5));
  },
);

Deno.test("OnceCell refuses forms, sizes and handles that are none", async () => {
  for (const record of ["i64", "", "bytes", undefined, 7]) {
    assertThrows(() => new OnceCell(record as never), TypeError);
  }
  for (const size of [0, -1, 1.5, NaN, Infinity, MAX_CELL_BYTES + 1]) {
    const error = assertThrows(() => OnceCell.ofBytes(size), RangeError);
    assertStringIncludes(error.message, String(size));
  }
  const cell = new OnceCell("i32");
  for (const timeout of [-1, NaN, "1" as unknown as number]) {
    assertThrows(() => cell.wait({ timeout }), RangeError);
    assertThrows(() => cell.getOrInit(() => 1, { timeout }), RangeError);
    await assertRejects(() => cell.waitAsync({ timeout }), RangeError);
    await assertRejects(
      () => cell.getOrInitAsync(() => 1, { timeout }),
      RangeError,
    );
  }
  assertFalse(cell.isSet);
  const { handle } = cell;
  const attach = refusesHandles(handle, OnceCell.from<number>, 3 * 4);
  assertThrows(() => OnceCell.from(undefined as never), TypeError);
  assertThrows(() => attach({ kind: "Once" }), TypeError);
  assertThrows(() => attach({ record: "i64" }), TypeError);
  for (const record of ["u32", "f64", 4, 0]) {
    assertThrows(() => attach({ record }), RangeError);
  }
  assertEquals(OnceCell.from(handle).handle, handle);
});

Deno.test("OnceCell does as a plain model does", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          call: fc.constantFrom("set", "getOrInit", "fails", "get"),
          value: fc.double(),
          other: fc.boolean(),
        }),
        { maxLength: 12 },
      ),
      (calls) => {
        const one = new OnceCell("f64");
        const two = OnceCell.from(one.handle);
        let model: number | undefined;
        for (const { call, value, other } of calls) {
          const cell = other ? two : one;
          switch (call) {
            case "set":
              assertEquals(cell.set(value), model === undefined);
              model ??= value;
              break;
            case "getOrInit":
              assertEquals(cell.getOrInit(() => value), model ??= value);
              break;
            case "fails": {
              const fail = () =>
                cell.getOrInit(() => {
                  throw new SyntaxError();
                });
              if (model === undefined) assertThrows(fail, SyntaxError);
              else assertEquals(fail(), model);
              break;
            }
            default:
              assertEquals(cell.get(), model);
          }
          assertEquals(cell.isSet, model !== undefined);
        }
      },
    ),
  );
});

Deno.test(
  "OnceCell: of 3 workers exactly one makes each value, whoever fails before",
  { timeout: 120_000 },
  async () => {
    const cells = Array.from({ length: 300 }, () => OnceCell.ofBytes(64));
    const made = cells.map(() => new SharedCounter());
    const outcomes = await runWorkers<CellTask, CellOutcome>(
      "once_cell_worker.ts",
      [1, 2, 3].map((seed) => ({
        cells: cells.map(({ handle }) => handle),
        made: made.map(({ handle }) => handle),
        seed,
      })),
    );
    assertEquals(made.map(({ value }) => value), made.map(() => 1));
    for (const { seen } of outcomes) {
      assertEquals(seen, cells.map((cell) => cell.get()![0]!));
    }
  },
);
