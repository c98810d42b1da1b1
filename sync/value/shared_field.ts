/**
 * A field of a struct in shared memory: one atomic operation for each call.
 *
 * @module
 */

import { type Draft, draftOf, type IntegerViews } from "../memory/memory.ts";
import { NAN32, NAN64 } from "../record/nan_bits.ts";
import { isOfKind, refuseField } from "../record/struct_access.ts";
import type { FieldLayout } from "../record/struct_layout.ts";

/** What can be done to a field's value in one step. */
export type Change = "add" | "sub" | "and" | "or" | "xor";

/** A field, whatever it holds. */
export interface SharedField {
  /** Its value. */
  load(): unknown;
  /** Copies its bits to where it stands in the draft. */
  fetch(): void;
  /** Sets it to a value that was checked. */
  store(value: unknown): void;
  /** The same. Returns the value before. */
  exchange(value: unknown): unknown;
  /** Sets it if it has another value. Returns the value before. */
  compareExchange(expected: unknown, value: unknown): unknown;
  /** Changes an integer. Returns the value before. */
  change(how: Change, operand: unknown): unknown;
  /**
   * Checks a value for it.
   *
   * @throws {TypeError} If it is of another type.
   * @throws {RangeError} If it is out of range.
   */
  check(action: string, value: unknown): void;
}

/**
 * A field of a struct.
 *
 * @param views The memory in which the struct lies.
 * @param struct Where it starts there, in bytes.
 * @param draft Private memory for a copy of the struct.
 */
export function sharedField(
  layout: FieldLayout,
  views: IntegerViews,
  struct: number,
  draft: IntegerViews,
): SharedField {
  const { kind } = layout;
  switch (kind) {
    case "bool":
      return new BooleanField(layout, views.u8, struct, draft.u8);
    case "f32":
      return new FloatField(layout, views.i32, struct, draft.i32);
    case "f64":
      return new DoubleField(layout, views.i64, struct, draft.i64);
    default:
      // The engine makes no difference between the kinds of integers.
      return new IntegerField(
        layout,
        views[kind] as Int32Array,
        struct,
        draft[kind] as Int32Array,
      );
  }
}

abstract class Field<V extends Int32Array | Uint8Array | BigInt64Array> {
  protected readonly layout: FieldLayout;
  protected readonly view: V;
  protected readonly index: number;
  readonly #fits: (value: unknown) => boolean;
  readonly #draft: V;
  readonly #place: number;

  constructor(layout: FieldLayout, view: V, struct: number, draft: V) {
    this.layout = layout;
    this.view = view;
    this.index = (struct + layout.offset) / layout.size;
    this.#draft = draft;
    this.#place = layout.offset / layout.size;
    this.#fits = isOfKind[layout.kind];
  }

  fetch(): void {
    // Or another kind of view: the engine makes no difference.
    const draft = this.#draft as Int32Array;
    draft[this.#place] = Atomics.load(this.view as Int32Array, this.index);
  }

  check(action: string, value: unknown): void {
    if (!this.#fits(value)) refuseField(action, this.layout, value);
  }

  change(how: Change, _operand: unknown): unknown {
    const { name, kind } = this.layout;
    throw new TypeError(
      `Cannot ${how} at field as '${name}' must hold integers: it is "${kind}"`,
    );
  }
}

class IntegerField extends Field<Int32Array> implements SharedField {
  load(): unknown {
    return Atomics.load(this.view, this.index);
  }

  store(value: number): void {
    Atomics.store(this.view, this.index, value);
  }

  exchange(value: number): unknown {
    return Atomics.exchange(this.view, this.index, value);
  }

  compareExchange(expected: number, value: number): unknown {
    return Atomics.compareExchange(this.view, this.index, expected, value);
  }

  override change(how: Change, operand: number): unknown {
    switch (how) {
      case "add":
        return Atomics.add(this.view, this.index, operand);
      case "sub":
        return Atomics.sub(this.view, this.index, operand);
      case "and":
        return Atomics.and(this.view, this.index, operand);
      case "or":
        return Atomics.or(this.view, this.index, operand);
      case "xor":
        return Atomics.xor(this.view, this.index, operand);
    }
  }
}

class BooleanField extends Field<Uint8Array> implements SharedField {
  load(): boolean {
    return Atomics.load(this.view, this.index) !== 0;
  }

  store(value: boolean): void {
    Atomics.store(this.view, this.index, Number(value));
  }

  exchange(value: boolean): boolean {
    return Atomics.exchange(this.view, this.index, Number(value)) !== 0;
  }

  compareExchange(expected: boolean, value: boolean): boolean {
    const before = Atomics.compareExchange(
      this.view,
      this.index,
      Number(expected),
      Number(value),
    );
    return before !== 0;
  }
}

// Private to the thread: the bits of a number go through them in one go.
const one = draftOf(8);
const other = draftOf(8);

// Bits are compared: a NaN has always the same ones.
function draft32(draft: Draft, value: number): void {
  draft.f32[0] = value;
  if (value !== value) draft.i32[0] = NAN32;
}

function draft64(draft: Draft, value: number): void {
  draft.f64[0] = value;
  if (value !== value) draft.i64[0] = NAN64;
}

/** A number of 32 bits: its bits are one word. */
class FloatField extends Field<Int32Array> implements SharedField {
  load(): number {
    one.i32[0] = Atomics.load(this.view, this.index);
    return one.f32[0]!;
  }

  store(value: number): void {
    draft32(one, value);
    Atomics.store(this.view, this.index, one.i32[0]!);
  }

  exchange(value: number): number {
    draft32(one, value);
    one.i32[0] = Atomics.exchange(this.view, this.index, one.i32[0]!);
    return one.f32[0]!;
  }

  compareExchange(expected: number, value: number): number {
    draft32(one, expected);
    draft32(other, value);
    one.i32[0] = Atomics.compareExchange(
      this.view,
      this.index,
      one.i32[0]!,
      other.i32[0]!,
    );
    return one.f32[0]!;
  }
}

/** A number of 64 bits: its bits are one long word. */
class DoubleField extends Field<BigInt64Array> implements SharedField {
  load(): number {
    one.i64[0] = Atomics.load(this.view, this.index);
    return one.f64[0]!;
  }

  store(value: number): void {
    draft64(one, value);
    Atomics.store(this.view, this.index, one.i64[0]!);
  }

  exchange(value: number): number {
    draft64(one, value);
    one.i64[0] = Atomics.exchange(this.view, this.index, one.i64[0]!);
    return one.f64[0]!;
  }

  compareExchange(expected: number, value: number): number {
    draft64(one, expected);
    draft64(other, value);
    one.i64[0] = Atomics.compareExchange(
      this.view,
      this.index,
      one.i64[0]!,
      other.i64[0]!,
    );
    return one.f64[0]!;
  }
}
