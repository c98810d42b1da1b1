/** One call after another: each is sent when the answer to the one before is there. */
export async function sequential<T>(
  call: (value: T) => Promise<unknown>,
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
  call: (value: T) => Promise<unknown>,
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
