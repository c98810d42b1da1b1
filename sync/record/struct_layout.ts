/**
 * Where the fields of a struct stand: aligned as in C, in the order in which
 * they were named.
 *
 * @module
 */

/** What a field holds. `"i64"`, `"u64"` are bigints, `"bool"` is a boolean. */
export type FieldKind =
  | "i8"
  | "u8"
  | "i16"
  | "u16"
  | "i32"
  | "u32"
  | "i64"
  | "u64"
  | "f32"
  | "f64"
  | "bool";

/** The fields of a struct: a name and a kind each. */
export type StructFields = Readonly<Record<string, FieldKind>>;

/**
 * The value of a field.
 *
 * @typeParam K What the field holds.
 */
export type FieldValue<K extends FieldKind> = K extends "bool" ? boolean
  : K extends "i64" | "u64" ? bigint
  : number;

/**
 * A struct's value: an object with these fields.
 *
 * @typeParam F The fields.
 */
export type StructValue<F extends StructFields> = {
  -readonly [K in keyof F]: FieldValue<F[K]>;
};

/** The fields in their order, as plain data that `postMessage` can clone. */
export type StructForm = readonly (readonly [name: string, kind: FieldKind])[];

/** Where a field stands. */
export interface FieldLayout {
  /** The field's name. */
  readonly name: string;
  /** What it holds. */
  readonly kind: FieldKind;
  /** Where it starts in the struct, in bytes: a multiple of its size. */
  readonly offset: number;
  /** How long it is, in bytes. */
  readonly size: number;
}

/** Where all fields stand. */
export interface StructLayout {
  /** The fields in their order. */
  readonly layout: readonly FieldLayout[];
  /** How long a struct is, in bytes: a multiple of its alignment. */
  readonly size: number;
  /** The size of the longest field, but at least 4, in bytes. */
  readonly alignment: number;
}

/** The most fields that a struct can have: so it has at most 2048 bytes. */
export const MAX_STRUCT_FIELDS = 256;

const SIZES: ReadonlyMap<unknown, number> = new Map<FieldKind, number>([
  ["i8", 1],
  ["u8", 1],
  ["bool", 1],
  ["i16", 2],
  ["u16", 2],
  ["i32", 4],
  ["u32", 4],
  ["f32", 4],
  ["i64", 8],
  ["u64", 8],
  ["f64", 8],
]);

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/**
 * Lays out the fields of a struct.
 *
 * @throws {TypeError} If the form is no list of fields, has none, has a field of
 * an unknown kind, or one whose name is taken, no identifier, or one that every
 * object has, as `__proto__` and `constructor`.
 * @throws {RangeError} If there are too many.
 */
export function layOut(action: string, form: StructForm): StructLayout {
  if (!Array.isArray(form) || form.length === 0) {
    throw new TypeError(`Cannot ${action} as it must have at least one field`);
  }
  if (form.length > MAX_STRUCT_FIELDS) {
    throw new RangeError(
      `Cannot ${action} as it may have at most ${MAX_STRUCT_FIELDS} fields: received ${form.length}`,
    );
  }
  const names = new Set<string>();
  const layout: FieldLayout[] = [];
  let end = 0;
  let alignment = 4;
  for (const field of form as readonly unknown[]) {
    const [name, kind] = Array.isArray(field) ? field : [field, undefined];
    checkName(action, name, names);
    const size = SIZES.get(kind);
    if (size === undefined) {
      throw new TypeError(
        `Cannot ${action} as the kind of field '${name}' must be one of ${
          [...SIZES.keys()].join(", ")
        }: received ${typeof kind === "string" ? `"${kind}"` : typeof kind}`,
      );
    }
    const offset = alignUp(end, size);
    layout.push(Object.freeze({ name, kind, offset, size }));
    end = offset + size;
    alignment = Math.max(alignment, size);
  }
  const size = alignUp(end, alignment);
  return { layout: Object.freeze(layout), size, alignment };
}

function checkName(action: string, name: unknown, names: Set<string>): void {
  if (typeof name !== "string" || !IDENTIFIER.test(name)) {
    throw new TypeError(
      `Cannot ${action} as the name of a field must be an identifier: received ${
        typeof name === "string" ? `'${name}'` : typeof name
      }`,
    );
  }
  if (name in Object.prototype) {
    throw new TypeError(
      `Cannot ${action} as every object has a '${name}': name the field otherwise`,
    );
  }
  if (names.has(name)) {
    throw new TypeError(`Cannot ${action} as it has two fields '${name}'`);
  }
  names.add(name);
}

function alignUp(offset: number, size: number): number {
  return Math.ceil(offset / size) * size;
}
