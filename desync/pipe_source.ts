/**
 * What a pipe reads from.
 *
 * @module
 */

/** What items come from: a stream, which the pipe locks, or anything that can be iterated. */
export type PipeSource<Item> =
  | ReadableStream<Item>
  | AsyncIterable<Item>
  | Iterable<Item>;

/** Reads a source, one item at a time. */
export interface SourceReader<Item> {
  read(): Promise<IteratorResult<Item, unknown>>;
  /**
   * No more is read: the source lets go of what it has.
   *
   * @param isReading Whether an item is awaited.
   * @returns When the source is done with that. A generator that has to come to the
   * end of its wait for an item before is not waited for.
   */
  cancel(reason: unknown, isReading: boolean): Promise<unknown>;
  /** The source has ended by itself. */
  release(): void;
}

/**
 * Opens a source.
 *
 * @throws {TypeError} If it is none, or a stream that somebody else reads.
 */
export function openSource<Item>(
  action: string,
  source: PipeSource<Item>,
): SourceReader<Item> {
  if (source instanceof ReadableStream) return new StreamReader(source);
  const given = source as Partial<AsyncIterable<Item> & Iterable<Item>> | null;
  if (given?.[Symbol.asyncIterator]) {
    return new IteratorReader(given[Symbol.asyncIterator]!());
  }
  if (given?.[Symbol.iterator]) {
    return new IteratorReader(awaiting(given as Iterable<Item>));
  }
  throw new TypeError(
    `Cannot ${action} as its source must be iterable, or a stream: received ${
      String(source)
    }`,
  );
}

class StreamReader<Item> implements SourceReader<Item> {
  readonly #reader: ReadableStreamDefaultReader<Item>;

  constructor(stream: ReadableStream<Item>) {
    this.#reader = stream.getReader();
  }

  read(): Promise<IteratorResult<Item, unknown>> {
    return this.#reader.read() as Promise<IteratorResult<Item, unknown>>;
  }

  cancel(reason: unknown): Promise<void> {
    const cancelled = this.#reader.cancel(reason);
    this.#reader.releaseLock();
    return cancelled;
  }

  release(): void {
    this.#reader.releaseLock();
  }
}

class IteratorReader<Item> implements SourceReader<Item> {
  readonly #iterator: AsyncIterator<Item, unknown>;

  constructor(iterator: AsyncIterator<Item, unknown>) {
    this.#iterator = iterator;
  }

  read(): Promise<IteratorResult<Item, unknown>> {
    return this.#iterator.next();
  }

  async cancel(_reason: unknown, isReading: boolean): Promise<void> {
    const returned = this.#iterator.return?.();
    if (!isReading) await returned;
    else returned?.catch(() => {}); // whoever cancelled has gone on
  }

  release(): void {}
}

/** Awaits each item, as `for await` does. */
async function* awaiting<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}
