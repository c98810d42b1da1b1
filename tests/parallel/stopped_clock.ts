/**
 * Time that passes as a test says.
 *
 * @module
 */

/** Has the clock show what it is told. */
export function stoppedClock(): Disposable & { pass(ms: number): void } {
  const now = performance.now;
  let time = 0;
  performance.now = () => time;
  return {
    pass(ms) {
      time += ms;
    },
    [Symbol.dispose]() {
      performance.now = now;
    },
  };
}
