/**
 * A store of records of one size that grows.
 *
 * @module
 */

import { type SharedSlice, wordsOf } from "../memory/memory.ts";
import type { RecordType } from "../record/record_type.ts";
import { PUSHED, type Pushed, type Shape, type Store } from "./flavor.ts";
import { ChannelReserveError } from "./reserve_error.ts";
import { initSegments } from "./segment_init.ts";
import { SegmentHead } from "./segment_head.ts";
import { type Geometry, geometryOf } from "./segment_layout.ts";
import { SegmentTail } from "./segment_tail.ts";

/** Records in a chain of segments. */
export class RecordSegments<T> implements Store<T> {
  readonly meeting = undefined;
  readonly #words: Int32Array;
  readonly #geometry: Geometry;
  readonly #record: RecordType<T>;
  readonly #width: number;
  readonly #head: SegmentHead;
  readonly #tail: SegmentTail;

  /**
   * Attaches to a store.
   *
   * @param segment Bytes of a segment, a power of two; for tests.
   */
  constructor(slice: SharedSlice, shape: Shape<T>, segment?: number) {
    const { capacity } = shape;
    const geometry = geometryOf(shape, segment);
    const words = wordsOf(slice, geometry.words);
    this.#words = words;
    this.#geometry = geometry;
    this.#record = shape.record!;
    this.#width = shape.record!.width;
    const head = new SegmentHead(slice, words, geometry);
    this.#head = head;
    this.#tail = new SegmentTail(slice, words, { geometry, head, capacity });
  }

  init(start?: number): void {
    initSegments(this.#words, this.#geometry, start);
  }

  check(value: T): void {
    this.#record.check("send message", value);
  }

  tryPush(value: T): Pushed {
    const tail = this.#tail;
    // Code of the caller, as a getter of a struct's value, runs here only.
    this.#record.check("send message", value);
    const verdict = tail.enter();
    if (verdict !== PUSHED) return verdict;
    try {
      if (tail.at === tail.end) {
        if (!tail.has(1)) throw this.#exhausted(value);
        tail.next();
      }
      this.#record.write(this.#words, tail.at, value);
      tail.commit(tail.at + this.#width);
      return PUSHED;
    } finally {
      tail.leave();
    }
  }

  tryPop(into?: T): T | undefined {
    const head = this.#head;
    if (!head.enter()) return undefined;
    try {
      if (head.at === head.end) head.next();
      this.#record.fetch(this.#words, head.at);
      head.commit(head.at + this.#width);
    } finally {
      head.leave();
    }
    return this.#record.take(into);
  }

  seal(): void {
    this.#tail.seal();
  }

  get size(): number {
    return this.#tail.size;
  }

  #exhausted(value: T): ChannelReserveError {
    return new ChannelReserveError(
      `Cannot send message as messages fill the reserve of the channel: it holds ${this.size}`,
      value,
    );
  }
}
