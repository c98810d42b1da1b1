/**
 * Jobs that use nothing but what they are given, so that they can be sent as their source.
 *
 * @module
 */

import type { AnyDesync } from "../ordered_places.ts";

interface Ref<T> {
  value: T;
}

/** Gives the data. */
export const get = <T>(ref: Ref<T>): T => ref.value;

/** Adds to a list, and gives its length. */
export const push = <T>(ref: Ref<T[]>, item: T): number => ref.value.push(item);

/** Adds to a number, and gives the sum. */
export const add = (ref: Ref<number>, n: number): number => ref.value += n;

/** The same, between which others could come. */
export const addLater = async (
  ref: Ref<number>,
  n: number,
): Promise<number> => {
  const before = ref.value;
  await Promise.resolve();
  await Promise.resolve();
  return ref.value = before + n;
};

/** Throws a SyntaxError if the text is none of JSON. */
export const parse = (_ref: unknown, text: string): unknown => JSON.parse(text);

/** The data when all has been done that was asked for. */
export async function read<T>(object: AnyDesync<T>): Promise<T> {
  return await object.futureSync(get<T>) as T;
}
