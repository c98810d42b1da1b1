/**
 * Options of references.
 *
 * @module
 */

import type { RuntimeFace } from "../runtime/runtime_face.ts";

/** Options of `LocalRef`. */
export interface LocalRefOptions<T extends object> {
  /** What the data is called in errors. Default: `"reference"`. */
  readonly name?: string;
  /**
   * Whether references are counted: the data is disposed after the last one is,
   * and not only at the end of the runtime. Default: false.
   */
  readonly counted?: boolean;
  /**
   * The runtime for which this thread owns the data. Default: the one that it belongs
   * to, or has started.
   */
  readonly runtime?: RuntimeFace;
  /** Disposes the data, on the thread that made it; what it returns is awaited. */
  readonly dispose?: (data: T) => unknown;
}

/**
 * Checks options.
 *
 * @throws {TypeError} If one is of another type.
 */
export function checkLocalRefOptions<T extends object>(
  { name, counted, dispose }: LocalRefOptions<T>,
): void {
  check("name", "string", name);
  check("counted", "boolean", counted);
  check("dispose", "function", dispose);
}

function check(name: string, wanted: string, received: unknown): void {
  if (received === undefined || typeof received === wanted) return;
  throw new TypeError(
    `Cannot refer to data as '${name}' must be a ${wanted}: received ${
      received === null ? "null" : typeof received
    }`,
  );
}
