/**
 * The memory of a queue on one thread: a ring of cells.
 *
 * @module
 */

/** A ring has so many cells at first, and when it is empty after a burst no more than {@linkcode KEPT}. */
const INITIAL = 64;
const KEPT = 1024;

/**
 * Cells in the order in which they were taken. A position counts them from the
 * start and wraps around at 32 bits; its cell is `position & mask`. So cells
 * may move to a larger ring, and positions stay.
 */
export class TaskRing<Task> {
  tasks: (Task | undefined)[] = cells(INITIAL);
  mask: number = INITIAL - 1;
  /** The position of the next task. */
  tail: number;
  /** How many cells are taken: from the oldest batch that is not freed to `tail`. */
  used: number = 0;

  /** @param tail The first position. */
  constructor(tail: number = 0) {
    this.tail = tail;
  }

  /** Takes the next cell. The caller knows that the queue may have one more. */
  push(task: Task): void {
    if (this.used > this.mask) this.#grow();
    this.tasks[this.tail & this.mask] = task;
    this.tail = (this.tail + 1) | 0;
    this.used++;
  }

  /** Forgets tasks, so that they can be collected. */
  clear(start: number, size: number): void {
    const { tasks, mask } = this;
    // For so few, a loop is quicker than a call of fill().
    for (let k = 0; k < size; k++) tasks[(start + k) & mask] = undefined;
  }

  /** Gives up the oldest cells. */
  release(size: number): void {
    this.used -= size;
    if (this.used === 0 && this.mask >= KEPT) this.#resize(KEPT);
  }

  /** Copies tasks. */
  copy(start: number, size: number): Task[] {
    const first = start & this.mask;
    const end = first + size;
    const length = this.mask + 1;
    const tasks = this.tasks as Task[];
    return end <= length
      ? tasks.slice(first, end)
      : tasks.slice(first).concat(tasks.slice(0, end - length));
  }

  /** How many of these cells lie before the ring wraps around. */
  beforeWrap(start: number, size: number): number {
    return Math.min(size, this.mask + 1 - (start & this.mask));
  }

  #grow(): void {
    this.#resize((this.mask + 1) * 2);
  }

  #resize(length: number): void {
    const start = (this.tail - this.used) | 0;
    const moved = cells<Task>(length);
    for (let k = 0; k < this.used; k++) {
      moved[(start + k) & (length - 1)] = this.tasks[(start + k) & this.mask];
    }
    this.tasks = moved;
    this.mask = length - 1;
  }
}

function cells<T>(length: number): (T | undefined)[] {
  return new Array<T | undefined>(length).fill(undefined);
}
