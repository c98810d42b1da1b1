/** What the workers run: pools find a function by its export name. */
export function increment(x: number): number {
  return x + 1;
}

export function echo<T>(value: T): T {
  return value;
}
