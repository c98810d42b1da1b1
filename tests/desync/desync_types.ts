/**
 * How jobs look to the compiler, on any kind of object. Only checked.
 *
 * @module
 */

import { assertType, type IsExact } from "@std/testing/types";
import {
  type Desync,
  type JobQueue,
  type Ordered,
  type Pipe,
  pipe,
  pipeIn,
  type PlacedDesync,
  type Reference,
} from "../../desync/mod.ts";

declare const object: Ordered<[ref: Reference<number>]>;
declare const here: Desync<number>;
declare const placed: PlacedDesync<number>;
declare const queue: JobQueue;

export const KINDS: readonly (typeof object)[] = [here, placed];

export async function jobsAreTyped(): Promise<void> {
  object.desync((n) => {
    assertType<IsExact<typeof n, Reference<number>>>(true);
    n.value = 42;
  });
  const sum = object.sync((n, more: number) => n.value + more, 1);
  assertType<IsExact<typeof sum, number>>(true);
  const text = await object.futureSync(async (n, text) => {
    await Promise.resolve();
    return text + n.value;
  }, "a");
  assertType<IsExact<typeof text, string>>(true);
  const tried = object.trySync(() => "x");
  if (tried.state === "ok") {
    assertType<IsExact<typeof tried.value, string>>(true);
  }
  const later = object.after(Promise.resolve("x"), (n, output, more) => {
    assertType<IsExact<typeof output, string>>(true);
    return output.length + n.value + more;
  }, 1);
  assertType<IsExact<Awaited<typeof later>, number>>(true);
  assertType<IsExact<ReturnType<typeof later.join>, number>>(true);
  const none = queue.sync((a, b) => a + b, 1, 2);
  assertType<IsExact<typeof none, number>>(true);
}

export function wrongArgumentsAreRefused(): void {
  const add = (n: Reference<number>, more: number) => n.value + more;
  object.desync(add, 1);
  // @ts-expect-error: an argument is missing
  object.desync(add);
  // @ts-expect-error: it is of another type
  object.sync(add, "1");
  // @ts-expect-error: there is one too many
  object.futureSync(add, 1, 2);
  // @ts-expect-error: the data is a number
  object.desync((n: Reference<string>) => n.value.length);
  // @ts-expect-error: a queue has no data
  queue.desync((n: Reference<number>) => n.value++);
}

export function pipesAreTyped(): void {
  const out = pipe(object, new Blob().stream(), (n, chunk) => {
    assertType<IsExact<typeof chunk, Uint8Array<ArrayBuffer>>>(true);
    return Promise.resolve(`${chunk.length + n.value}`);
  });
  assertType<IsExact<typeof out, Pipe<string>>>(true);
  const piped = pipeIn(object, [1, 2], (n, item) => n.value += item);
  assertType<IsExact<typeof piped, Promise<void>>>(true);
  // @ts-expect-error: items of another type
  void pipeIn(object, ["a"], (n, item: number) => n.value += item);
}
