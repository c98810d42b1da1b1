import type { Peer } from "./peer.ts";

/** What is called with a payload: a number is incremented, everything else comes back as it is. */
export function caller(
  peer: Peer,
  payload: unknown,
): (value: unknown) => PromiseLike<unknown> {
  return typeof payload === "number"
    ? (value) => peer.increment(value as number)
    : (value) => peer.echo(value);
}

/**
 * As many calls in flight as there are values, until so many were made: so many loops, each of which sends on what
 * it got back. The values are what came back last.
 */
export async function relayed<T>(
  call: (value: T) => PromiseLike<T>,
  values: T[],
  count: number,
): Promise<number> {
  let left = count;
  async function loop(_: T, index: number): Promise<void> {
    while (left-- > 0) values[index] = await call(values[index]!);
  }
  await Promise.all(values.map(loop));
  return count;
}

/** One call after another: each is sent when the answer to the one before is there. */
export async function sequential<T>(
  call: (value: T) => PromiseLike<unknown>,
  value: T,
  count: number,
): Promise<number> {
  for (let i = 0; i < count; i++) await call(value);
  return count;
}

/**
 * `window` calls in flight for as long as there are any left: so many loops, each of which sends its next call
 * when the answer to its last is there, as the requests of a server would.
 */
export async function windowed<T>(
  call: (value: T) => PromiseLike<unknown>,
  value: T,
  count: number,
  window: number,
): Promise<number> {
  let left = count;
  async function loop(): Promise<void> {
    while (left-- > 0) await call(value);
  }
  await Promise.all(Array.from({ length: window }, loop));
  return count;
}
