import { DesyncClosedError } from "./desync_errors.ts";
import type { Job, Ordered } from "./ordered.ts";
import { PipeFlow, type PipeOptions } from "./pipe_flow.ts";
import type { PipeSource } from "./pipe_source.ts";

/**
 * Sends each item of a source through a job of an object, for what that does to
 * the object. Other jobs of it may run between two items.
 *
 * The source is read from the start, and never further than `depth` items ahead of
 * what the object has done. If the object is disposed of, the items that were read are
 * done, the source is cancelled, and the pipe has ended.
 *
 * @example Usage
 * ```ts
 * import { Desync, pipeIn } from "@kindred/kindred/desync";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new Desync(0);
 * const { body } = await fetch("data:text/plain,hello");
 * await pipeIn(bytes, body!, (b, chunk) => {
 *   b.value += chunk.length;
 * });
 * assertEquals(bytes.sync((b) => b.value), 5);
 * ```
 *
 * @returns When the source has ended and all items are done, or the object is
 * disposed of; rejected if the source or a job fails, and with the reason of the signal.
 * @throws {TypeError} If the source cannot be read, the job is no function, or an option is of the wrong kind.
 * @throws {RangeError} If the depth is no positive integer.
 */
export function pipeIn<Given extends readonly unknown[], Item>(
  object: Ordered<Given>,
  source: PipeSource<Item>,
  job: Job<Given, readonly [item: Item], unknown>,
  options: PipeOptions = {},
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const wasClosed = object.closing.aborted;
  let isStarting = true;
  const flow = new PipeFlow(
    "start pipe",
    object,
    source,
    job,
    options,
    () => isStarting || drain(),
  );
  isStarting = false;
  drain();
  return promise;

  function drain(): void {
    for (let one = flow.take(); one !== undefined; one = flow.take()) {
      if (one.state === "end") resolve();
      else if (one.state === "failed") {
        const isGone = !wasClosed && one.reason === object.closing.reason &&
          one.reason instanceof DesyncClosedError;
        if (isGone) resolve();
        else reject(one.reason);
      }
    }
  }
}
