/**
 * How plans look to the compiler. Only checked.
 *
 * @module
 */

import { assertType, type IsExact } from "@std/testing/types";
import {
  type IndexedParallelIterator,
  type Neighbours,
  par,
  type ParallelIterator,
} from "../../parallel/mod.ts";

declare const numbers: IndexedParallelIterator<number>;
declare const mixed: ParallelIterator<number | string>;

export async function plansAreTyped(): Promise<void> {
  assertType<
    IsExact<typeof numbers, ReturnType<typeof par.range>>
  >(true);
  const bigints = par(new BigUint64Array(1));
  assertType<IsExact<typeof bigints, IndexedParallelIterator<bigint>>>(true);
  const letters = par("abc");
  assertType<IsExact<typeof letters, IndexedParallelIterator<string>>>(true);
  const pairs = letters.zip(numbers.map((n) => n > 1)).enumerate();
  const all = await pairs.collect();
  assertType<IsExact<typeof all, [number, [string, boolean]][]>>(true);
  const runs = numbers.chunks(2);
  assertType<IsExact<typeof runs, IndexedParallelIterator<Neighbours<number>>>>(
    true,
  );
  const texts = mixed.filter((v) => typeof v === "string");
  assertType<IsExact<typeof texts, ParallelIterator<string>>>(true);
  const found = numbers.filterMap((n) => n > 1 ? String(n) : undefined);
  assertType<IsExact<typeof found, ParallelIterator<string>>>(true);
  const chained = numbers.chain(letters);
  assertType<
    IsExact<typeof chained, IndexedParallelIterator<number | string>>
  >(true);
  const free = numbers.chain(texts);
  assertType<IsExact<typeof free, ParallelIterator<number | string>>>(true);
  const best = await mixed.max();
  assertType<IsExact<typeof best, number | string | undefined>>(true);
  const total = await bigints.sum(0n);
  assertType<IsExact<typeof total, bigint>>(true);
  const [first, second] = await pairs.unzip();
  assertType<IsExact<typeof first, number[]>>(true);
  assertType<IsExact<typeof second, [string, boolean][]>>(true);
}

export function whatCannotWorkIsRefused(): void {
  const letters = par(["a"]);
  // @ts-expect-error: texts have no sum
  letters.sum();
  // @ts-expect-error: bigints need a bigint to begin with
  par(new BigInt64Array(1)).sum();
  // @ts-expect-error: numbers do not begin with a bigint
  numbers.product(1n);
  // @ts-expect-error: only pairs can be unzipped
  numbers.unzip();
  // @ts-expect-error: there are no indices after a filter
  mixed.enumerate();
  // @ts-expect-error: nor can they be zipped
  numbers.zip(mixed);
  // @ts-expect-error: functions cannot be sent
  par([() => 1]);
  // @ts-expect-error: a key has to be portable
  numbers.minByKey((n) => () => n);
  // @ts-expect-error: only typed arrays have places to write to
  numbers.collectInto([]);
}
