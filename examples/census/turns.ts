/**
 * Long work that leaves room for other things on its thread.
 *
 * @module
 */

/** How long work may go on before others have their turn, in ms. */
const TURN = 50;

/** The time that some long work has before it lets signals, timers and messages have their turn. */
export class Turns {
  #end = performance.now() + TURN;

  /** Whether it is time for {@linkcode Turns.next}. */
  get over(): boolean {
    return performance.now() >= this.#end;
  }

  /** Resolves when everybody else had a turn. */
  async next(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#end = performance.now() + TURN;
  }
}
