import { assertThrows } from "@std/assert";
import {
  BackgroundQueue,
  BatchReducer,
  TaskQueue,
} from "../../batching/mod.ts";

/** Everything that takes the options of a queue. */
const QUEUES = {
  TaskQueue: (options: object) => new TaskQueue(() => {}, options),
  BackgroundQueue: (options: object) => new BackgroundQueue(() => {}, options),
  BatchReducer: (options: object) => new BatchReducer(options),
  "TaskQueue.byKey()": (options: object) => TaskQueue.byKey(() => {}, options),
};

const BAD: readonly (readonly [string, unknown])[] = [
  ...[0, -64, 32, 63, 65, 100, 96.5, 2 ** 25, NaN, Infinity, "64", null]
    .map((capacity) => ["capacity", capacity] as const),
  ...["concurrency", "maxBatch"].flatMap((name) =>
    [0, -1, 1.5, NaN, -Infinity, "2", null].map((value) =>
      [name, value] as const
    )
  ),
];

for (const [name, create] of Object.entries(QUEUES)) {
  Deno.test(`${name} takes powers of two from 64 as its capacity, and says what else was given (Q14)`, () => {
    for (const capacity of [64, 128, 1024, 2 ** 24]) create({ capacity });
    for (const [option, value] of BAD) {
      const error = assertThrows(
        () => create({ [option]: value }),
        RangeError,
        option,
      );
      if (!error.message.endsWith(`received ${value}`)) throw error;
    }
  });

  Deno.test(`${name} refuses options of the wrong kind`, () => {
    for (
      const [option, value] of [
        ["overflow", "drop"],
        ["overflow", null],
        ["schedule", 7],
        ["signal", {}],
      ] as const
    ) {
      assertThrows(() => create({ [option]: value }), TypeError, option);
    }
    create({ concurrency: Infinity, maxBatch: Infinity, overflow: "reject" });
  });
}
