/**
 * An object in shared memory with named and typed fields.
 *
 * @module
 */

import { allocate } from "../memory/arena.ts";
import { checkHandle, type SharedHandle } from "../memory/handle.ts";
import { type Draft, draftOf, integersOf, wordsOf } from "../memory/memory.ts";
import { checkInto, formText } from "../record/record.ts";
import { type Change, type SharedField, sharedField } from "./shared_field.ts";
import { StructType, structTypeOf } from "../record/struct.ts";
import { propertiesOf } from "./struct_properties.ts";
import type {
  FieldKind,
  FieldValue,
  StructFields,
  StructForm,
  StructValue,
} from "../record/struct_layout.ts";

/** Written once: the struct's mark. */
const FORM = 0;
/** In bytes: where the struct starts. */
const STRUCT = 8;

/**
 * Names a {@linkcode SharedStruct} in a message.
 *
 * @typeParam F The fields.
 */
export interface SharedStructHandle<F extends StructFields = StructFields>
  extends SharedHandle<"SharedStruct"> {
  /** The fields. */
  readonly record: StructForm;
  /** Not there: it tells the type of the fields. */
  readonly fields?: F;
}

/**
 * The names of the fields that hold integers.
 *
 * @typeParam F The fields.
 */
export type IntegerName<F extends StructFields> = {
  [K in keyof F]: F[K] extends Exclude<FieldKind, "f32" | "f64" | "bool"> ? K
    : never;
}[keyof F];

/**
 * One object in shared memory: each access to a field is one atomic operation.
 *
 * So no field is ever seen half written, whatever its kind, and the accesses of all
 * threads to all fields have one order. Several fields at once are not: between two
 * of them others may come in. A {@linkcode SharedCell} keeps a struct whole.
 *
 * Fields of 64 bits go through a bigint, which the engine allocates for the access;
 * others allocate nothing. The fields of a struct share cache lines: what many
 * threads change all the time is quicker in a struct of its own.
 *
 * @example Usage
 * ```ts
 * import { SharedStruct, struct } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const Job = struct({ id: "u32", progress: "f64", done: "bool" });
 * const job = new SharedStruct(Job, { id: 7, progress: 0, done: false });
 *
 * const same = SharedStruct.from(job.handle); // in any thread
 * same.fields.progress = 0.5;
 * same.add("id", 1);
 * assertEquals(job.read(), { id: 8, progress: 0.5, done: false });
 * ```
 *
 * @typeParam F The fields.
 */
export class SharedStruct<F extends StructFields = StructFields> {
  /** Names this struct in a message. */
  readonly handle: SharedStructHandle<F>;
  /** What the fields are, and where they stand. */
  readonly type: StructType<F>;
  /**
   * The fields as properties: to read one loads it, to assign stores it.
   *
   * They are properties of the prototype: `in` and `for`…`in` find them, but
   * `Object.keys()`, `JSON.stringify()` and `{ ...fields }` do not. For a plain object
   * of all fields call {@linkcode SharedStruct.read}.
   */
  readonly fields: StructValue<F>;
  readonly #named = new Map<unknown, SharedField>();
  readonly #inOrder: readonly SharedField[];
  /** Private to the thread. */
  readonly #draft: Draft;

  /**
   * Makes a struct.
   *
   * @param type What the fields are: made by {@linkcode struct}.
   * @param initial Their values at first. Default: zeros and `false`.
   * @throws {TypeError} If the type is none, or a field has a value of another type.
   * @throws {RangeError} If an integer is out of its field's range.
   */
  constructor(type: StructType<F>, initial?: StructValue<F>);
  /** Attaches to a struct that another thread made. */
  constructor(handle: SharedStructHandle<F>);
  constructor(
    source: StructType<F> | SharedStructHandle<F>,
    initial?: StructValue<F>,
  ) {
    const form = formOf(source);
    if (form !== undefined) {
      this.type = typeOf("create shared struct", form);
      if (initial !== undefined) {
        this.type.check("create shared struct", initial);
      }
      const slice = allocate(STRUCT + this.type.size);
      const record = this.type.form;
      this.handle = { kind: "SharedStruct", ...slice, record };
    } else {
      const handle = source as SharedStructHandle<F>;
      let type: StructType<F>;
      checkHandle("SharedStruct", handle, () => {
        type = typeOf("attach to SharedStruct", handle.record);
        return STRUCT + type.size;
      });
      this.type = type!;
      this.handle = handle;
    }
    const views = integersOf(this.handle, STRUCT + this.type.size);
    const words = wordsOf(this.handle, 1);
    if (form === undefined && Atomics.load(words, FORM) !== this.type.mark) {
      throw new RangeError(
        `Cannot attach to SharedStruct as it is of another form: the handle says ${
          formText(this.type.form)
        }`,
      );
    }
    const draft = this.#draft = draftOf(this.type.size);
    this.#inOrder = this.type.layout.map((layout) => {
      const field = sharedField(layout, views, STRUCT, draft);
      this.#named.set(layout.name, field);
      return field;
    });
    this.fields = propertiesOf(this.type, this.#inOrder);
    if (initial !== undefined) this.write(initial);
    if (form !== undefined) Atomics.store(words, FORM, this.type.mark);
  }

  /**
   * Attaches to a struct that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small, the offset misaligned, or
   * something else is there than the handle says.
   */
  static from<F extends StructFields>(
    handle: SharedStructHandle<F>,
  ): SharedStruct<F> {
    return new SharedStruct(handle);
  }

  /**
   * The value of a field.
   *
   * @throws {TypeError} If there is no such field.
   */
  load<K extends keyof F>(name: K): FieldValue<F[K]> {
    return this.#field("load field", name).load() as FieldValue<F[K]>;
  }

  /**
   * Sets a field.
   *
   * @throws {TypeError} If there is no such field, or the value is of another type.
   * @throws {RangeError} If an integer is out of the field's range.
   */
  store<K extends keyof F>(name: K, value: FieldValue<F[K]>): void {
    const field = this.#field("store field", name);
    field.check("store field", value);
    field.store(value);
  }

  /**
   * Sets a field.
   *
   * @returns The value before.
   * @throws {TypeError} If there is no such field, or the value is of another type.
   * @throws {RangeError} If an integer is out of the field's range.
   */
  exchange<K extends keyof F>(
    name: K,
    value: FieldValue<F[K]>,
  ): FieldValue<F[K]> {
    const field = this.#field("exchange field", name);
    field.check("exchange field", value);
    return field.exchange(value) as FieldValue<F[K]>;
  }

  /**
   * Sets a field if it has an expected value: the same bits, so for numbers with
   * a fraction 0 is not -0; any NaN is NaN.
   *
   * @param expected For a field of kind `"f32"` it is rounded first, as by a store:
   * compare what is returned with `Math.fround(expected)`.
   * @returns The value before: what was expected if it was set.
   * @throws {TypeError} If there is no such field, or a value is of another type.
   * @throws {RangeError} If an integer is out of the field's range.
   */
  compareExchange<K extends keyof F>(
    name: K,
    expected: FieldValue<F[K]>,
    value: FieldValue<F[K]>,
  ): FieldValue<F[K]> {
    const field = this.#field("compare and exchange field", name);
    field.check("compare and exchange field", expected);
    field.check("compare and exchange field", value);
    return field.compareExchange(expected, value) as FieldValue<F[K]>;
  }

  /**
   * Adds to an integer, which wraps at the ends of its range.
   *
   * @returns The value before.
   * @throws {TypeError} If there is no such field of integers, or the operand is of
   * another type.
   * @throws {RangeError} If the operand is out of the field's range.
   */
  add<K extends IntegerName<F>>(
    name: K,
    operand: FieldValue<F[K]>,
  ): FieldValue<F[K]> {
    return this.#change("add", name, operand);
  }

  /** Subtracts from an integer; else as {@linkcode SharedStruct.add}. */
  sub<K extends IntegerName<F>>(
    name: K,
    operand: FieldValue<F[K]>,
  ): FieldValue<F[K]> {
    return this.#change("sub", name, operand);
  }

  /** Clears the bits that the operand has not; else as {@linkcode SharedStruct.add}. */
  and<K extends IntegerName<F>>(
    name: K,
    operand: FieldValue<F[K]>,
  ): FieldValue<F[K]> {
    return this.#change("and", name, operand);
  }

  /** Sets the operand's bits; else as {@linkcode SharedStruct.add}. */
  or<K extends IntegerName<F>>(
    name: K,
    operand: FieldValue<F[K]>,
  ): FieldValue<F[K]> {
    return this.#change("or", name, operand);
  }

  /** Inverts the operand's bits; else as {@linkcode SharedStruct.add}. */
  xor<K extends IntegerName<F>>(
    name: K,
    operand: FieldValue<F[K]>,
  ): FieldValue<F[K]> {
    return this.#change("xor", name, operand);
  }

  /**
   * All fields, each loaded by itself, in their order.
   *
   * @param into An object to put them into. Default: a new one.
   * @throws {TypeError} If that is no object.
   */
  read(into?: StructValue<F>): StructValue<F> {
    checkInto("read struct", this.type.form, into);
    for (let k = 0; k < this.#inOrder.length; k++) this.#inOrder[k]!.fetch();
    return this.type.read(this.#draft.i32, 0, into);
  }

  /**
   * Sets some fields, each by itself, in the order of the struct.
   *
   * @param values The own properties of an object.
   * @throws {TypeError} If there is no such field, or a value is of another type.
   * @throws {RangeError} If an integer is out of its field's range.
   */
  write(values: Partial<StructValue<F>>): void {
    const given = new Map<unknown, unknown>(Object.entries(values));
    for (const [name, value] of given) {
      this.#field("write field", name).check("write field", value);
    }
    this.type.layout.forEach(({ name }, k) => {
      if (given.has(name)) this.#inOrder[k]!.store(given.get(name));
    });
  }

  #change<K extends IntegerName<F>>(
    how: Change,
    name: K,
    operand: FieldValue<F[K]>,
  ): FieldValue<F[K]> {
    const field = this.#field("change field", name);
    field.check("change field", operand);
    return field.change(how, operand) as FieldValue<F[K]>;
  }

  #field(action: string, name: unknown): SharedField {
    const field = this.#named.get(name);
    if (field !== undefined) return field;
    throw new TypeError(
      `Cannot ${action} as the struct has no such field: received '${
        String(name)
      }'`,
    );
  }
}

function formOf(source: unknown): StructForm | undefined {
  if (source instanceof StructType) return source.form;
  // A type from another copy of the package.
  const { form } = (source ?? {}) as { form?: unknown };
  return Array.isArray(form) ? form as StructForm : undefined;
}

function typeOf<F extends StructFields>(
  action: string,
  form: StructForm,
): StructType<F> {
  return structTypeOf(action, form) as unknown as StructType<F>;
}
