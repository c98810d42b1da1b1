/**
 * A record that many threads read while others replace it.
 *
 * A sequence lock, whose writers fill the next one of several copies, and not the
 * one that is read: so a writer that is stopped in the middle stops no reader, and
 * one that is lost leaves the record as it was. The protocol is in the folder's
 * README, "SharedCell".
 *
 * @module
 */

import { allocate } from "../memory/arena.ts";
import { checkHandle, checkKind, type SharedHandle } from "../memory/handle.ts";
import { LINE, privateWords, wordsOf } from "../memory/memory.ts";
import {
  checkInto,
  type FormOf,
  formText,
  isRecordSource,
  type RecordSource,
  type RecordType,
  recordTypeOf,
} from "../record/record.ts";
import { WriterLock } from "./writer_lock.ts";

// In words.
const FORM = 0; //   written once: the record's mark
const WRITER = 1; // the thread that replaces the record
const VERSION = LINE / 4; // how often it was replaced, modulo 2^32
const COPIED = VERSION + 1;

/** A power of two: the record of version `v` is in copy `v % COPIES`. */
const COPIES = 4;

/**
 * Names a {@linkcode SharedCell} in a message.
 *
 * @typeParam T The record.
 */
export interface SharedCellHandle<T = number>
  extends SharedHandle<"SharedCell"> {
  /** What the record is. */
  readonly record: FormOf<T>;
}

/**
 * One record, a number or a struct, that is read and replaced as a whole.
 *
 * Readers take no lock and block nobody; a reader tries again only if the record
 * was replaced three times while it read. Writers wait for each other, for a few
 * instructions. A thread that is lost in the middle blocks nobody: the record is
 * as before, or as it was to be.
 *
 * @example Usage
 * ```ts
 * import { SharedCell, struct } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const Span = struct({ from: "f64", to: "f64" });
 * const span = new SharedCell(Span, { from: 0, to: 1 });
 *
 * const same = SharedCell.from(span.handle); //   in any thread
 * same.store({ from: 2, to: 3 });
 * assertEquals(span.load(), { from: 2, to: 3 }); // never { from: 2, to: 1 }
 *
 * const target = { from: 0, to: 0 };
 * span.load(target); //                           allocates nothing
 * ```
 *
 * @typeParam T The record: a number, or an object with a struct's fields.
 */
export class SharedCell<T = number> {
  /** Names this cell in a message. */
  readonly handle: SharedCellHandle<T>;
  readonly #type: RecordType<T>;
  readonly #words: Int32Array;
  readonly #lock: WriterLock;
  /** What is to be stored, and what was found: private to the thread. */
  readonly #next: Int32Array;
  readonly #found: Int32Array;
  /** What is expected; `undefined` while it is. */
  #wanted: Int32Array | undefined;

  /**
   * Makes a cell.
   *
   * @param record What the record is: `"i32"`, `"u32"`, `"f64"`, or a type that
   * {@linkcode struct} made.
   * @param initial What it is at first.
   * @throws {TypeError} If there are no such records, or `initial` is none.
   * @throws {RangeError} If a number is out of range.
   */
  constructor(record: RecordSource<T>, initial: T);
  /** Attaches to a cell that another thread made. */
  constructor(handle: SharedCellHandle<T>);
  constructor(source: RecordSource<T> | SharedCellHandle<T>, initial?: T) {
    const isNew = isRecordSource(source);
    if (isNew) {
      const type = recordTypeOf("create cell", source as RecordSource<T>);
      type.check("create cell", initial as T);
      const slice = allocate(sizeOf(type));
      const record = type.form as FormOf<T>;
      this.#type = type;
      this.handle = { kind: "SharedCell", ...slice, record };
    } else {
      const handle = source as SharedCellHandle<T>;
      let type: RecordType<T>;
      checkHandle("SharedCell", handle, () => {
        type = recordTypeOf("attach to cell", handle.record);
        return sizeOf(type);
      });
      this.#type = type!;
      this.handle = handle;
    }
    const { width } = this.#type;
    this.#next = privateWords(width);
    this.#found = privateWords(width);
    this.#words = wordsOf(this.handle, sizeOf(this.#type) / 4);
    this.#lock = new WriterLock(this.#words, WRITER);
    if (isNew) {
      this.#prepare("create cell", initial as T, this.#next);
      this.#write(0);
      Atomics.store(this.#words, FORM, this.#type.mark);
    } else if (Atomics.load(this.#words, FORM) !== this.#type.mark) {
      throw new RangeError(
        `Cannot attach to cell as it is of another form: the handle says ${
          formText(this.#type.form)
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
  static from<T = number>(handle: SharedCellHandle<T>): SharedCell<T> {
    return new SharedCell(checkKind("SharedCell", handle));
  }

  /**
   * The record. Lock-free.
   *
   * @param into An object to put its fields into. Default: a new one.
   * @throws {TypeError} If that is no object.
   */
  load(into?: T): T {
    checkInto("load record", this.#type.form, into);
    this.#read();
    return this.#take(into);
  }

  /**
   * Replaces the record.
   *
   * @throws {TypeError} If the value is none of the cell's form.
   * @throws {RangeError} If a number is out of range.
   */
  store(value: T): void {
    this.#prepare("store record", value, this.#next);
    this.#lock.take();
    this.#replace();
    this.#lock.give();
  }

  /**
   * Replaces the record.
   *
   * @param into An object to put the fields of the former one into. Default: a new
   * one.
   * @returns The former one.
   * @throws {TypeError} If the value is none of the cell's form, or `into` is no
   * object.
   * @throws {RangeError} If a number is out of range.
   */
  exchange(value: T, into?: T): T {
    checkInto("exchange record", this.#type.form, into);
    this.#prepare("exchange record", value, this.#next);
    this.#lock.take();
    this.#copy(Atomics.load(this.#words, VERSION));
    this.#replace();
    this.#lock.give();
    return this.#take(into);
  }

  /**
   * Replaces the record if it is what is expected: the same bits in each field, so
   * 0 is not -0; any NaN is NaN. What is expected in a field of kind `"f32"` is
   * rounded first, as by a store.
   *
   * @returns Whether it was replaced.
   * @throws {TypeError} If one of the values is none of the cell's form.
   * @throws {RangeError} If a number is out of range.
   *
   * @example Usage
   * ```ts
   * import { SharedCell } from "@kindred/kindred/sync";
   * import { assert, assertFalse } from "@std/assert";
   *
   * const cell = new SharedCell("f64", 0.5);
   * assert(cell.compareExchange(0.5, 1.5));
   * assertFalse(cell.compareExchange(0.5, 2.5));
   * ```
   */
  compareExchange(expected: T, value: T): boolean {
    const action = "compare and exchange record";
    // A getter of `value` may call this too.
    const wanted = this.#wanted ?? privateWords(this.#type.width);
    this.#wanted = undefined;
    try {
      this.#prepare(action, expected, wanted);
      this.#prepare(action, value, this.#next);
      this.#read();
      if (!this.#isFound(wanted)) return false;
      this.#lock.take();
      this.#copy(Atomics.load(this.#words, VERSION));
      const found = this.#isFound(wanted);
      if (found) this.#replace();
      this.#lock.give();
      return found;
    } finally {
      this.#wanted = wanted;
    }
  }

  /**
   * Replaces the record by what a function makes of it.
   *
   * @param change Gets the record, and returns what it is to be. Called again if
   * another thread replaced it meanwhile. Not to replace it itself.
   * @returns The new record.
   * @throws What the function throws; the record stays as it is then.
   * @throws {TypeError} If the function returns none of the cell's form.
   * @throws {RangeError} If a number is out of range.
   *
   * @example Usage
   * ```ts
   * import { SharedCell, struct } from "@kindred/kindred/sync";
   * import { assertEquals } from "@std/assert";
   *
   * const Sum = struct({ count: "u32", total: "f64" });
   * const sum = new SharedCell(Sum, { count: 0, total: 0 });
   * sum.update(({ count, total }) => ({ count: count + 1, total: total + 0.5 }));
   * assertEquals(sum.load(), { count: 1, total: 0.5 });
   * ```
   */
  update(change: (record: T) => T): T {
    for (;;) {
      const version = this.#read();
      const value = change(this.#take());
      this.#prepare("update record", value, this.#next);
      this.#lock.take();
      const unchanged = Atomics.load(this.#words, VERSION) === version;
      if (unchanged) this.#replace();
      this.#lock.give();
      if (unchanged) return value;
    }
  }

  #prepare(action: string, value: T, draft: Int32Array): void {
    this.#type.check(action, value);
    this.#type.write(draft, 0, value);
  }

  /** Finds the record. Returns its version. */
  #read(): number {
    for (;;) {
      const version = Atomics.load(this.#words, VERSION);
      this.#copy(version);
      const now = Atomics.load(this.#words, VERSION);
      // From version + COPIES - 1 on a writer may be at the copy that was read.
      if ((now - version) >>> 0 < COPIES - 1) return version;
      Atomics.pause?.();
    }
  }

  /** Copies the record of a version to what was found. */
  #copy(version: number): void {
    const start = this.#copyOf(version);
    const found = this.#found;
    for (let k = 0; k < this.#type.width; k++) {
      found[k] = Atomics.load(this.#words, start + k);
    }
  }

  #isFound(wanted: Int32Array): boolean {
    const found = this.#found;
    for (let k = 0; k < this.#type.width; k++) {
      if (found[k] !== wanted[k]) return false;
    }
    return true;
  }

  #take(into?: T): T {
    return this.#type.read(this.#found, 0, into);
  }

  /** For the writer: the next version is what was prepared. */
  #replace(): void {
    const next = (Atomics.load(this.#words, VERSION) + 1) | 0;
    this.#write(next);
    // From here on it is the record.
    Atomics.store(this.#words, VERSION, next);
  }

  #write(version: number): void {
    const start = this.#copyOf(version);
    const next = this.#next;
    for (let k = 0; k < this.#type.width; k++) {
      Atomics.store(this.#words, start + k, next[k]!);
    }
  }

  #copyOf(version: number): number {
    return COPIED + (version & (COPIES - 1)) * this.#type.width;
  }
}

function sizeOf(type: RecordType<unknown>): number {
  return 4 * (COPIED + COPIES * type.width);
}
