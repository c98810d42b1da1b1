/**
 * Items that go through a job one after the other, and come out in order.
 *
 * @module
 */

import { deepEqual } from "node:assert";
import type { Subject } from "../../harness/scenario.ts";

/** The least: a loop over the source. */
export const LOOP = "for await";

/** Ours, with its default depth. */
export const OUR_PIPE = "pipe()";

/** Gives the results of items. */
type Through = (items: number) => AsyncIterable<number>;

function subject(
  name: string,
  make: () => Promise<Through> | Through,
): Subject {
  return {
    name,
    async setup() {
      const through = await make();
      return {
        async run(iterations) {
          let count = 0;
          for await (const _ of through(iterations)) count++;
          return count;
        },
        async check() {
          const found: number[] = [];
          for await (const item of through(4)) found.push(item);
          deepEqual(found, [0, 2, 4, 6], `${name} lost or changed items`);
        },
        close() {},
      };
    },
  };
}

async function* numbers(count: number): AsyncGenerator<number> {
  for (let k = 0; k < count; k++) yield k;
}

async function pipe(depth: number | undefined): Promise<Through> {
  const { Desync, pipe } = await import("../../../desync/mod.ts");
  const object = new Desync(2);
  const options = depth === undefined ? {} : { depth };
  return (items) =>
    pipe(object, numbers(items), (n, item) => n.value * item, options);
}

/** What items go through. */
export const PIPES: readonly Subject[] = [
  subject(OUR_PIPE, () => pipe(undefined)),
  subject("pipe() of depth 1", () => pipe(1)),
  subject(
    "TransformStream",
    () => (items) =>
      ReadableStream.from(numbers(items)).pipeThrough(
        new TransformStream<number, number>({
          transform: (item, controller) => controller.enqueue(2 * item),
        }),
      ),
  ),
  subject(LOOP, () =>
    async function* (items) {
      for await (const item of numbers(items)) yield 2 * item;
    }),
];
