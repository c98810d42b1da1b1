/**
 * Structs: records of named and typed fields.
 *
 * @module
 */

import { formText, type RecordType } from "./record_type.ts";
import { accessTo, type Fields, type StructAccess } from "./struct_access.ts";
import {
  type FieldLayout,
  layOut,
  type StructFields,
  type StructForm,
  type StructValue,
} from "./struct_layout.ts";

/** The number of a struct's form: no kind of number has it. */
const STRUCT = 4;

/** Stands for the value of which a draft was made that is there again. */
const REDRAFTED: unknown = Object.freeze({});

/**
 * The type of structs with certain fields: where these stand, and how a value
 * gets there. Made by {@linkcode struct}.
 *
 * Fields stand in the order in which they were named, each at a multiple of its
 * size, as in C; the bytes of a number are in the machine's order.
 *
 * @typeParam F The fields.
 */
export class StructType<F extends StructFields = StructFields>
  implements RecordType<StructValue<F>> {
  /** The fields in their order, as plain data: from it other threads make this type. */
  readonly form: StructForm;
  /** Where each field stands. */
  readonly layout: readonly FieldLayout[];
  /** How long a struct is, in bytes: a multiple of its alignment. */
  readonly size: number;
  /** What a struct's address is a multiple of: 4 or 8 bytes. */
  readonly alignment: number;
  /** How long a struct is, in words of 32 bits. */
  readonly width: number;
  /** A number for the form, which memory keeps beside its structs. */
  readonly mark: number;
  readonly #access: StructAccess;
  /** What the draft was made of and not yet written. */
  #drafted: unknown;

  /** See {@linkcode struct}. */
  constructor(action: string, form: StructForm) {
    const { layout, size, alignment } = layOut(action, form);
    this.form = Object.freeze(
      layout.map(({ name, kind }) => Object.freeze([name, kind] as const)),
    );
    this.layout = layout;
    this.size = size;
    this.alignment = alignment;
    this.width = size / 4;
    this.mark = STRUCT << 28 | (hash(formText(this.form)) & 0x7fffff) << 5;
    this.#access = accessTo({ layout, size, alignment });
  }

  /**
   * Checks that an object has all fields, with values of their kinds. Others that
   * it has are left out.
   *
   * @param action What is done, for messages: `push record`.
   * @throws {TypeError} If a field has a value of another type.
   * @throws {RangeError} If an integer is out of its field's range.
   */
  check(action: string, value: StructValue<F>): void {
    if (typeof value !== "object" || value === null) {
      throw new TypeError(
        `Cannot ${action} as it must be an object with the fields of its struct: received ${
          value === null ? "null" : typeof value
        }`,
      );
    }
    this.#drafted = undefined;
    this.#access.draft(action, value);
    this.#drafted = value;
  }

  /** Writes a value that was checked just before, by plain stores. */
  write(words: Int32Array, at: number, value: StructValue<F>): void {
    if (this.#drafted !== value) this.check("write record", value);
    this.#drafted = undefined;
    const draft = this.#access.words;
    for (let k = 0; k < this.width; k++) words[at + k] = draft[k]!;
  }

  /**
   * Writes a value that was checked just before, and reads what stood there for
   * the `take()` that follows.
   */
  swap(words: Int32Array, at: number, value: StructValue<F>): void {
    if (this.#drafted !== value) this.check("write record", value);
    this.#drafted = undefined;
    const draft = this.#access.words;
    for (let k = 0; k < this.width; k++) {
      const word = words[at + k]!;
      words[at + k] = draft[k]!;
      draft[k] = word;
    }
  }

  /** Reads a struct for the `take()` that follows, by plain loads. */
  fetch(words: Int32Array, at: number): void {
    this.#drafted = undefined;
    const draft = this.#access.words;
    for (let k = 0; k < this.width; k++) draft[k] = words[at + k]!;
  }

  /** Drafts a struct that was written to private words before. */
  redraft(words: Int32Array, at: number): StructValue<F> {
    const draft = this.#access.words;
    for (let k = 0; k < this.width; k++) draft[k] = words[at + k]!;
    this.#drafted = REDRAFTED;
    return REDRAFTED as StructValue<F>;
  }

  /** The struct that was read last; in `into`, or in a new object. */
  take(into?: StructValue<F>): StructValue<F> {
    return (into === undefined
      ? this.#access.make()
      : this.#access.assign(into as Fields)) as StructValue<F>;
  }

  /** Reads a struct into an object, or into a new one. */
  read(
    words: Int32Array,
    at: number,
    into?: StructValue<F>,
  ): StructValue<F> {
    this.fetch(words, at);
    return this.take(into);
  }
}

/**
 * Makes the type of structs with these fields.
 *
 * | kind                        | value     | bytes   |
 * | --------------------------- | --------- | ------- |
 * | `"i8"`, `"i16"`, `"i32"`    | `number`  | 1, 2, 4 |
 * | `"u8"`, `"u16"`, `"u32"`    | `number`  | 1, 2, 4 |
 * | `"i64"`, `"u64"`            | `bigint`  | 8       |
 * | `"f32"` (rounded), `"f64"`  | `number`  | 4, 8    |
 * | `"bool"`                    | `boolean` | 1       |
 *
 * A bigint is an object of the engine: to read one allocates it. Else a struct that
 * is read into an object that is there allocates nothing.
 *
 * @param fields A name and a kind for each field, 256 at most.
 * @throws {TypeError} If there is no field, one of an unknown kind, or one whose
 * name is no identifier or one that every object has, as `constructor`.
 * @throws {RangeError} If there are too many fields.
 *
 * @example Usage
 * ```ts
 * import { MpmcQueue, struct } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const Particle = struct({ x: "f64", y: "f64", id: "u32", alive: "bool" });
 * assertEquals(Particle.size, 24);
 * assertEquals(Particle.layout[3]!.offset, 20);
 *
 * const queue = new MpmcQueue(Particle, 1024);
 * queue.push({ x: 0.5, y: 1, id: 7, alive: true });
 * assertEquals(queue.pop().id, 7);
 * ```
 */
export function struct<const F extends StructFields>(
  fields: F,
): StructType<F> {
  if (typeof fields !== "object" || fields === null) {
    throw new TypeError(
      `Cannot create struct as its fields must be an object of names and kinds: received ${
        fields === null ? "null" : typeof fields
      }`,
    );
  }
  const form = Object.entries(fields);
  return structTypeOf("create struct", form) as unknown as StructType<F>;
}

/** One type for each form: its code is generated once. */
const types = new Map<string, StructType>();

/** The type with a form. */
export function structTypeOf(action: string, form: StructForm): StructType {
  const key = Array.isArray(form) ? JSON.stringify(form) : "";
  const known = types.get(key);
  if (known !== undefined) return known;
  const type = new StructType(action, form);
  types.set(JSON.stringify(type.form), type);
  return type;
}

/** FNV-1a. */
function hash(text: string): number {
  let result = 0x811c9dc5;
  for (let k = 0; k < text.length; k++) {
    result = Math.imul(result ^ text.charCodeAt(k), 0x01000193);
  }
  return result ^ result >>> 23;
}
