/**
 * How long threads have run.
 *
 * @module
 */

/** How long this thread has run so far, in ms. */
export function cpuTime(): number {
  const [ran] = Deno.readTextFileSync("/proc/thread-self/schedstat").split(" ");
  return Number(ran) / 1e6;
}
