/**
 * The error of a runtime that was closed, and whose threads could not dispose all
 * that they owned.
 *
 * @module
 */

import { encode } from "../../codec/encode.ts";
import { Writer } from "../../codec/writer.ts";
import { registerError } from "../../codec/error_classes.ts";
import { inWords } from "../../codec/in_words.ts";

/** Something that a disposer threw. */
export interface DisposeFailure {
  /** The worker that owned the value; undefined: the starting thread. */
  readonly worker: number | undefined;
  /** What the value is called. */
  readonly name: string;
  /** What was thrown. */
  readonly error: unknown;
}

/**
 * Some of what the threads of a runtime owned could not be disposed, as its
 * disposers threw. All others ran, and the runtime is closed all the same.
 *
 * What to do: `failures` says what threw where; the runtime cannot be closed
 * again, so look after files and sockets that are still open by other means.
 *
 * @example Usage
 * ```ts
 * import { LocalDisposeError, Runtime } from "@kindred/kindred";
 * import { assertEquals, assertRejects } from "@std/assert";
 * import { journal, write } from "../../examples/journal.ts";
 *
 * const runtime = await Runtime.start({ workers: 1 });
 * await runtime.spawn(write, "to be continued…"); // cannot be closed like this
 * const error = await assertRejects(() => runtime.close(), LocalDisposeError);
 * assertEquals(error.failures[0]?.name, journal.name);
 * ```
 */
export class LocalDisposeError extends AggregateError {
  /** The name of the class. */
  override readonly name = "LocalDisposeError";
  /** What was thrown, and where, in the order of the workers. */
  readonly failures: readonly DisposeFailure[];

  /** Made by `Runtime.close()`. */
  constructor(failures: readonly DisposeFailure[]) {
    const [first] = failures;
    const more = failures.length - 1;
    super(
      failures.map(({ error }) => error),
      first === undefined
        ? "Cannot dispose what the threads of the runtime owned"
        : `Cannot dispose '${first.name}' of ${ownerInWords(first.worker)}${
          more === 0 ? "" : ` and ${more} more`
        } as its disposer threw: ${
          first.error instanceof Error
            ? first.error.message
            : inWords(first.error)
        }`,
    );
    this.failures = failures;
  }
}

registerError(LocalDisposeError);

/** What disposers threw, as it can be sent. */
export function sendableFailures(
  failures: readonly DisposeFailure[],
): DisposeFailure[] {
  const out = new Writer(256);
  out.clear();
  return failures.map((failure) => {
    try {
      encode(out, failure.error, "error");
      return failure;
    } catch {
      return { ...failure, error: new Error(inWords(failure.error)) };
    } finally {
      out.drop();
    }
  });
}

/** How errors name a thread of a runtime. */
export function ownerInWords(worker: number | undefined): string {
  return worker === undefined ? "the starting thread" : `worker ${worker}`;
}
