/**
 * How long processes have been on processors, as Linux tells it.
 *
 * @module
 */

/** The time of all threads of a process so far, in nanoseconds; of those that ended it is not in there. */
export function processorTime(pid: number): number {
  let sum = 0;
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    try {
      const text = Deno.readTextFileSync(`/proc/${pid}/task/${name}/schedstat`);
      sum += Number(text.split(" ", 1)[0]);
    } catch (error) {
      // It ended meanwhile.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return sum;
}
