/**
 * Tasks that lie one after the other in a queue's memory.
 *
 * @module
 */

/**
 * A view of tasks, in the order in which they were pushed. It copies nothing,
 * so it can be read only until its batch is completed. Arrays and typed arrays
 * are such views, too.
 */
export interface TaskSlice<Task> extends Iterable<Task> {
  /** How many tasks. */
  readonly length: number;
  /** The task at an index; from the end if it is negative. */
  at(index: number): Task | undefined;
}
