/**
 * An undo log: how the explorer goes back to an earlier state.
 *
 * @module
 */

/** Remembers what assignments have overwritten. */
export class Journal {
  readonly #targets: Record<PropertyKey, unknown>[] = [];
  readonly #keys: PropertyKey[] = [];
  readonly #values: unknown[] = [];

  /** The place to which {@linkcode Journal.undo} can go back. */
  get mark(): number {
    return this.#targets.length;
  }

  /** Assigns `target[key] = value`, to be undone later. */
  set(target: object, key: PropertyKey, value: unknown): void {
    const record = target as Record<PropertyKey, unknown>;
    this.#targets.push(record);
    this.#keys.push(key);
    this.#values.push(record[key]);
    record[key] = value;
  }

  /** Takes back all assignments since `mark`, the newest first. */
  undo(mark: number): void {
    while (this.#targets.length > mark) {
      this.#targets.pop()![this.#keys.pop()!] = this.#values.pop();
    }
  }
}
