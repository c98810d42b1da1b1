/**
 * What waits for a place in a full queue.
 *
 * @module
 */

/** One that waits. Both functions are called at most once, and only one of them. */
export interface InLine {
  /** Takes a place that is there now. False: another thread was faster, and it waits on. */
  enter(): boolean | void;
  /** Learns that there will be none. */
  refuse(reason: unknown): void;
  before?: InLine | undefined;
  after?: InLine | undefined;
}

/** First in, first out; whoever gives up leaves in constant time. */
export class WaitingLine {
  #first: InLine | undefined;
  #last: InLine | undefined;
  /** How many wait. */
  length: number = 0;

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  join(one: InLine): void {
    one.before = this.#last;
    if (this.#last === undefined) this.#first = one;
    else this.#last.after = one;
    this.#last = one;
    this.length++;
  }

  /** Whose turn it is. */
  get first(): InLine | undefined {
    return this.#first;
  }

  /** Takes the first one out. */
  shift(): InLine | undefined {
    const one = this.#first;
    if (one !== undefined) this.leave(one);
    return one;
  }

  /** Does nothing for one that is not in the line. */
  leave(one: InLine): void {
    const { before, after } = one;
    if (before === undefined && this.#first !== one) return;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    one.before = one.after = undefined;
    this.length--;
  }
}
