/**
 * The types of records by name, and what queues and rings check about them.
 *
 * @module
 */

import { NumberRecord } from "./number_record.ts";
import type {
  RecordForm,
  RecordKind,
  RecordSource,
  RecordType,
} from "./record_type.ts";
import { StructType, structTypeOf } from "./struct.ts";
import type { StructForm } from "./struct_layout.ts";

export { checkInto, formText } from "./record_type.ts";
export type {
  FormOf,
  RecordArray,
  RecordBatch,
  RecordForm,
  RecordKind,
  RecordSource,
  RecordType,
} from "./record_type.ts";

const NUMBERS: ReadonlyMap<unknown, NumberRecord> = new Map(
  (["i32", "u32", "f64"] as const).map((
    kind,
  ) => [kind, new NumberRecord(kind)]),
);

const ARRAYS = {
  i32: Int32Array,
  u32: Uint32Array,
  f64: Float64Array,
} as const;

/**
 * The type of records that an argument or a handle names.
 *
 * @param record `"i32"`, `"u32"`, `"f64"`, a struct type, or the form of one.
 * @throws {TypeError} If it names no records.
 * @throws {RangeError} If it is the form of a struct with too many fields.
 */
export function recordTypeOf<T>(
  action: string,
  record: RecordSource<T> | RecordForm,
): RecordType<T> {
  return typeNamed(action, record as RecordForm) as unknown as RecordType<T>;
}

function typeNamed(
  action: string,
  record: RecordForm | RecordType<unknown>,
): NumberRecord | StructType {
  const number = NUMBERS.get(record);
  if (number !== undefined) return number;
  if (record instanceof StructType) return record;
  if (Array.isArray(record)) return structTypeOf(action, record as StructForm);
  // A type from another copy of the package.
  const form = (record as Partial<RecordType<unknown>> | undefined)?.form;
  if (Array.isArray(form)) return structTypeOf(action, form as StructForm);
  throw new TypeError(
    `Cannot ${action} as the records must be "i32", "u32", "f64" or a struct type: received ${
      typeof record === "string" ? `"${record}"` : typeof record
    }`,
  );
}

/** Whether an argument names records; else it is a handle. */
export function isRecordSource(source: unknown): boolean {
  return typeof source !== "object" || source !== null && "form" in source;
}

/**
 * Checks that an array holds records of a form.
 *
 * @throws {TypeError} If it is another one.
 */
export function checkRecords(
  action: string,
  form: RecordForm,
  records: unknown,
): void {
  const wanted = typeof form === "string" ? ARRAYS[form as RecordKind] : Array;
  if (records instanceof wanted) return;
  const received = Object.prototype.toString.call(records).slice(8, -1);
  throw new TypeError(
    `Cannot ${action} as the records must be in an object of class ${wanted.name}: received ${received}`,
  );
}

/** The most bytes that a queue of records can take. */
const MAX_BYTES = 2 ** 31;

/**
 * Checks the capacity of a queue of records.
 *
 * @param width Words of 32 bits that each of them takes.
 * @param least The fewest.
 * @throws {RangeError} If it is not a power of two from `least` to `most`, or all
 * together take more than 2 GiB.
 */
export function checkSlots(
  action: string,
  capacity: number,
  most: number,
  width: number = 1,
  least: number = 1,
): void {
  if (
    !Number.isInteger(capacity) || capacity < least || capacity > most ||
    (capacity & (capacity - 1)) !== 0
  ) {
    throw new RangeError(
      `Cannot ${action} as 'capacity' must be a power of two from ${least} to ${most}: received ${capacity}`,
    );
  }
  if (4 * width * capacity > MAX_BYTES) {
    throw new RangeError(
      `Cannot ${action} as its records may take at most ${MAX_BYTES} bytes: 'capacity' is ${capacity}, of ${
        4 * width
      } each`,
    );
  }
}
