/**
 * What the tasks of a shared queue are, and how they lie in its rings.
 *
 * @module
 */

import { portableCodec } from "../../codec/portable_codec.ts";
import type { BatchReading } from "../../sync/batch/batch_reading.ts";
import { BatchRing } from "../../sync/batch/batch_ring.ts";
import { ByteBatchRing } from "../../sync/batch/byte_batch_ring.ts";
import { checkNumber, F64, I32, U32 } from "../../sync/record/number_record.ts";
import { ReadSlice } from "../../sync/batch/batch_slice.ts";
import type { RecordArray, RecordSource } from "../../sync/record/record.ts";
import type { TaskSlice } from "../task_slice.ts";

/** The ring of a lane. */
// deno-lint-ignore no-explicit-any -- what the records are, its form knows
export type TaskMemory = BatchRing<any> | ByteBatchRing;

/** Tasks as a ring takes them, one after the other. */
export type TaskRecords = RecordArray | readonly unknown[];

/** What tasks are. */
export interface TaskForm {
  /** A task as a ring takes it: until the next one is made, or it is kept. */
  record(task: unknown): unknown;
  /** The same, to be pushed later. */
  keep(record: unknown): unknown;
  /** Tasks as a ring takes them. */
  records(tasks: Iterable<unknown>): TaskRecords;
  /** Reads a task of a batch. */
  read(batch: BatchReading<unknown>, index: number): unknown;
  /** All of them, as views. */
  slices(batch: BatchReading<unknown>): readonly TaskSlice<unknown>[];
  /** A copy of all of them. */
  toArray(batch: BatchReading<unknown>): unknown[];
}

const NUMBERS = {
  i32: { type: Int32Array, code: I32 },
  u32: { type: Uint32Array, code: U32 },
  f64: { type: Float64Array, code: F64 },
} as const;

/** What lies in the ring as it is: structs, and bytes. */
const asTheyAre: TaskForm = {
  record: (task) => task,
  keep: (record) => record,
  records: (tasks) => Array.isArray(tasks) ? tasks : [...tasks],
  read: (batch, index) => batch.at(index),
  slices: (batch) => batch.slices() as unknown as TaskSlice<unknown>[],
  toArray: (batch) => batch.toArray(),
};

function numbersOf(kind: keyof typeof NUMBERS): TaskForm {
  const { type, code } = NUMBERS[kind];
  return {
    ...asTheyAre,
    records(tasks) {
      if (tasks instanceof type) return tasks;
      const numbers = [...tasks] as number[];
      for (const number of numbers) checkNumber("push task", code, number);
      return type.from(numbers);
    },
  };
}

const codec = portableCodec<unknown>();

function decoded(frame: unknown): unknown {
  return codec.decode(frame as Uint8Array);
}

const encoded: TaskForm = {
  record: (task) => codec.encode(task),
  keep: (record) => (record as Uint8Array).slice(),
  records: (tasks) => Array.from(tasks, (task) => codec.encode(task).slice()),
  read: (batch, index) => decoded(batch.at(index)),
  slices: (batch) =>
    (batch.slices() as unknown as TaskSlice<unknown>[]).map((frames) =>
      new ReadSlice((k) => decoded(frames.at(k)), 0, frames.length)
    ),
  toArray: (batch) =>
    Array.from({ length: batch.length }, (_, k) => decoded(batch.at(k))),
};

/** What names a form in a message. */
export type TaskFormName = "i32" | "u32" | "f64" | "asTheyAre" | "encoded";

const FORMS: Readonly<Record<TaskFormName, TaskForm>> = {
  i32: numbersOf("i32"),
  u32: numbersOf("u32"),
  f64: numbersOf("f64"),
  asTheyAre,
  encoded,
};

/** Whether something names a form, and something is a ring whose records it reads. */
export function ringSuits(form: unknown, ring: unknown): boolean {
  if (ring instanceof ByteBatchRing) {
    return form === "asTheyAre" || form === "encoded";
  }
  if (!(ring instanceof BatchRing)) return false;
  const { record } = ring.handle;
  return typeof record === "string" ? record === form : form === "asTheyAre";
}

/** The form of a name. */
export function formNamed(name: TaskFormName): TaskForm {
  return FORMS[name];
}

/** What tasks are, as a user says it: see `SharedQueueOptions.tasks`. */
export type TaskSource<Task> = RecordSource<Task> | "bytes" | "portable";

/** Makes a ring for tasks. */
export function ringFor(
  tasks: TaskSource<never>,
  capacity: number,
  byteCapacity: number,
): TaskMemory {
  return tasks === "bytes" || tasks === "portable"
    ? new ByteBatchRing(capacity, byteCapacity)
    : new BatchRing(tasks, capacity);
}

/** The form of such tasks. */
export function formNameOf(tasks: TaskSource<never>): TaskFormName {
  return tasks === "portable"
    ? "encoded"
    : tasks === "i32" || tasks === "u32" || tasks === "f64"
    ? tasks
    : "asTheyAre";
}
