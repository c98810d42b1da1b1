/**
 * Shared buffers by number, between two threads and in one direction: a buffer travels
 * once, and is then named by its number. So do modules and memories of WebAssembly,
 * which are in the same lists.
 *
 * The one that sends keeps nothing alive: when its own object for the memory is
 * collected, it cannot name the memory any more, and tells the other side to let go.
 * The one that receives keeps what it got until then, or until the other side is gone.
 *
 * @module
 */

/** The buffers that one side has sent. */
export class SentBuffers {
  readonly #numbers = new WeakMap<SharedArrayBuffer, number>();
  readonly #collected: FinalizationRegistry<number>;
  #dropped: number[] = [];
  #count = 0;

  /** Calls a function when there is something to let go of. */
  constructor(onDrop: () => void) {
    this.#collected = new FinalizationRegistry((number) => {
      if (this.#dropped.push(number) === 1) onDrop();
    });
  }

  /** The number of a buffer that was sent; undefined if it was not. */
  numberOf(buffer: SharedArrayBuffer): number | undefined {
    return this.#numbers.get(buffer);
  }

  /** The numbers of the buffers that are sent next: this one and those after it. */
  get next(): number {
    return this.#count;
  }

  /** Notes that a buffer was sent. Returns its number. */
  add(buffer: SharedArrayBuffer): number {
    const number = this.#count++;
    this.#numbers.set(buffer, number);
    this.#collected.register(buffer, number);
    return number;
  }

  /** How many buffers the other side can let go of. */
  get droppable(): number {
    return this.#dropped.length;
  }

  /** The numbers of these, once. */
  takeDropped(): number[] {
    const dropped = this.#dropped;
    this.#dropped = [];
    return dropped;
  }
}

/** The buffers that the other side has sent. */
export class ReceivedBuffers {
  readonly #buffers = new Map<number, SharedArrayBuffer>();

  /** How many there are. */
  get size(): number {
    return this.#buffers.size;
  }

  /** Keeps a buffer that came with its number. */
  add(number: number, buffer: SharedArrayBuffer): void {
    this.#buffers.set(number, buffer);
  }

  /** The buffer of a number. */
  get(number: number): SharedArrayBuffer | undefined {
    return this.#buffers.get(number);
  }

  /** Lets go of a buffer. */
  drop(number: number): void {
    this.#buffers.delete(number);
  }
}
