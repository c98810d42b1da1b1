/**
 * A cell that gets its value once.
 *
 * The protocol is in the folder's README, "OnceCell".
 *
 * @module
 */

import { allocate } from "../memory/arena.ts";
import { checkHandle, type SharedHandle } from "../memory/handle.ts";
import { wordsOf } from "../memory/memory.ts";
import {
  ACTION,
  type CellContent,
  checkByteLength,
  contentOf,
  VALUE,
} from "./once_cell_content.ts";
import { DONE, OnceTurn } from "../waiting/once_turn.ts";
import {
  type FormOf,
  isRecordSource,
  type RecordForm,
  type RecordSource,
  recordTypeOf,
} from "../record/record.ts";
import { SLICE } from "../thread/thread.ts";
import { checkTimeout } from "../thread/timeout.ts";
import {
  type Awaited,
  type WaitAsyncOptions,
  waitFor,
  waitForAsync,
  type WaitOptions,
} from "../thread/wait.ts";

const STATE = 0; // whose turn it is: see once_turn.ts
const FORM = 1; // the mark of the records, or minus the number of bytes

/**
 * Names a {@linkcode OnceCell} in a message.
 *
 * @typeParam T The value.
 */
export interface OnceCellHandle<T = number> extends SharedHandle<"OnceCell"> {
  /** What the value is: `"i32"`, `"u32"`, `"f64"`, fields, or how many bytes. */
  readonly record: [T] extends [Uint8Array] ? number : FormOf<T>;
}

/**
 * A value in shared memory that is set once, by whoever comes first, and then
 * read by all.
 *
 * As Rust's `OnceLock`: while one thread makes the value the others wait, and an
 * initialiser that throws leaves the cell empty, so that the next one runs. So
 * does one whose thread is lost (found within 100 ms): what it had written is
 * written again. Where a failed attempt must stop all others instead, as Rust's
 * `LazyLock` does, use a `Once`, which is poisoned by a loss.
 *
 * The value is a number, a struct, or bytes. Reading it once it is there is one
 * atomic load.
 *
 * @example Usage
 * ```ts
 * import { OnceCell } from "@kindred/kindred/sync";
 * import { assertEquals, assertFalse } from "@std/assert";
 *
 * const scale = new OnceCell("f64");
 * assertEquals(scale.get(), undefined);
 * assertEquals(scale.getOrInit(() => 0.5), 0.5);
 * assertEquals(OnceCell.from(scale.handle).getOrInit(() => 7), 0.5);
 * assertFalse(scale.set(7));
 *
 * const table = OnceCell.ofBytes(256);
 * const squares = await table.getOrInitAsync(() =>
 *   Uint8Array.from({ length: 256 }, (_, n) => n * n)
 * );
 * assertEquals(squares[15], 225);
 * ```
 *
 * @typeParam T The value: a number, an object with a struct's fields, or bytes.
 */
export class OnceCell<T = number> {
  /** Names this cell in a message. */
  readonly handle: OnceCellHandle<T>;
  readonly #words: Int32Array;
  readonly #turn: OnceTurn;
  readonly #content: CellContent<T>;

  /**
   * Makes an empty cell.
   *
   * @param record What the value is: `"i32"`, `"u32"`, `"f64"`, or a type that
   * {@linkcode struct} made. For bytes see {@linkcode OnceCell.ofBytes}.
   * @throws {TypeError} If there are no such records.
   */
  constructor(record: RecordSource<T>);
  /** Attaches to a cell that another thread made. */
  constructor(handle: OnceCellHandle<T>);
  constructor(source: RecordSource<T> | OnceCellHandle<T>) {
    if (isRecordSource(source)) {
      const type = recordTypeOf("create cell", source as RecordSource<T>);
      this.handle = create<T>(type.form, 4 * type.width, type.mark);
    } else {
      this.handle = attach(source as OnceCellHandle<T>);
    }
    const { record } = this.handle;
    this.#content = contentOf<T>(this.handle, record);
    this.#words = wordsOf(this.handle, VALUE);
    this.#turn = new OnceTurn(this.#words, ACTION);
    if (Atomics.load(this.#words, FORM) !== this.#content.mark) {
      throw new RangeError(
        `Cannot attach to cell as its value is of another form: the handle says ${
          JSON.stringify(record)
        }`,
      );
    }
  }

  /**
   * Attaches to a cell that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small, the offset misaligned, or
   * something else is there than the handle says.
   */
  static from<T = number>(handle: OnceCellHandle<T>): OnceCell<T> {
    return new OnceCell<T>(attach(handle));
  }

  /**
   * Makes an empty cell for bytes. Its value is not copied out: all threads are
   * given the shared bytes, and nobody may write to them.
   *
   * @param byteLength How many bytes, 1 to 2^30.
   * @throws {RangeError} If `byteLength` is not an integer in that range.
   */
  static ofBytes(byteLength: number): OnceCell<Uint8Array> {
    checkByteLength("create cell", byteLength);
    return new OnceCell(
      create<Uint8Array>(byteLength, byteLength, -byteLength),
    );
  }

  /** Whether there is a value. */
  get isSet(): boolean {
    return this.#turn.state === DONE;
  }

  /** The value, or undefined if there is none yet. Never waits. */
  get(): T | undefined {
    return this.isSet ? this.#content.read() : undefined;
  }

  /**
   * Sets the value, if there is none. Never waits.
   *
   * @returns Whether this call set it: false if there is one, or a thread is
   * making one at this moment.
   * @throws {TypeError} If the value is not of the cell's form.
   * @throws {RangeError} If a number is out of range, or the bytes are not as
   * many.
   */
  set(value: T): boolean {
    this.#content.check(value);
    if (!this.#turn.tryTake()) return false;
    this.#turn.finish(() => this.#content.write(value));
    return true;
  }

  /**
   * The value; makes it, or waits for who makes it, if there is none. Blocks the
   * thread.
   *
   * @param init Makes the value. If it throws, the cell stays empty and the next
   * one that waits or comes runs its own.
   * @param options How long to wait for another thread's at most.
   * @throws {DeadlockError} If this thread makes the value already, which would
   * never end.
   * @throws {TypeError} If what `init` returns is not of the cell's form.
   * @throws {RangeError} If a number is out of range, or the bytes are not as
   * many.
   * @throws {DOMException} `TimeoutError` when the time is up.
   */
  getOrInit(init: () => T, options?: WaitOptions): T {
    checkTimeout(options?.timeout, ACTION);
    if (!this.isSet) this.#turn.run(() => this.#fill(init()), options ?? {});
    return this.#content.read();
  }

  /**
   * The value; makes it, or waits for who makes it, if there is none. Does not
   * block the thread.
   *
   * @param init Makes the value, now or later. If it throws, the cell stays empty
   * and the next one that waits or comes runs its own.
   * @param options How long to wait for another thread's at most, and a signal
   * that gives up that wait. An `init` that runs goes on.
   * @throws {TypeError} If what `init` returns is not of the cell's form.
   * @throws {RangeError} If a number is out of range, or the bytes are not as
   * many.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   */
  async getOrInitAsync(
    init: () => T | Promise<T>,
    options: WaitAsyncOptions = {},
  ): Promise<T> {
    checkTimeout(options.timeout, ACTION);
    await this.#turn.runAsync(async () => this.#fill(await init()), options);
    return this.#content.read();
  }

  /**
   * Waits until somebody has set the value; blocks the thread.
   *
   * @throws {DOMException} `TimeoutError` when the time is up.
   */
  wait(options: WaitOptions = {}): T {
    checkTimeout(options.timeout, "wait for cell");
    waitFor(this.#filling(), options);
    return this.#content.read();
  }

  /**
   * Waits until somebody has set the value, without blocking the thread.
   *
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   */
  async waitAsync(options: WaitAsyncOptions = {}): Promise<T> {
    checkTimeout(options.timeout, "wait for cell");
    await waitForAsync(this.#filling(), options);
    return this.#content.read();
  }

  #fill(value: T): void {
    this.#content.check(value);
    this.#content.write(value);
  }

  #filling(): Awaited {
    return {
      words: this.#words,
      index: STATE,
      action: "wait for cell",
      slice: SLICE,
      look: (state) => state === DONE ? "over" : "sleep",
    };
  }
}

function create<T>(
  record: unknown,
  byteLength: number,
  mark: number,
): OnceCellHandle<T> {
  const slice = allocate(4 * VALUE + byteLength);
  Atomics.store(wordsOf(slice, VALUE), FORM, mark);
  return {
    kind: "OnceCell",
    ...slice,
    record: record as OnceCellHandle<T>["record"],
  };
}

function attach<T>(handle: OnceCellHandle<T>): OnceCellHandle<T> {
  return checkHandle("OnceCell", handle, () => {
    const { record } = handle;
    if (typeof record !== "number") {
      return 4 *
        (VALUE + recordTypeOf<T>("attach to cell", record as RecordForm).width);
    }
    checkByteLength("attach to cell", record);
    return 4 * VALUE + record;
  }) as OnceCellHandle<T>;
}
