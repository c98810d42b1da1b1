/**
 * Checks of what users give.
 *
 * @module
 */

import type { OrderedOptions } from "./ordered.ts";

/** Throws if a job is no function. */
export function checkJob(job: unknown): void {
  if (typeof job === "function") return;
  throw new TypeError(
    `Cannot run job as it must be a function: received ${String(job)}`,
  );
}

/** Throws if an option is of the wrong kind. */
export function checkOptions(
  action: string,
  { onFailure, onError, dispose }: OrderedOptions,
): void {
  if (
    onFailure !== undefined && onFailure !== "continue" &&
    onFailure !== "poison"
  ) {
    throw new TypeError(
      `Cannot ${action} as 'onFailure' must be "continue" or "poison": received ${
        String(onFailure)
      }`,
    );
  }
  for (const [name, value] of Object.entries({ onError, dispose })) {
    if (value === undefined || typeof value === "function") continue;
    throw new TypeError(
      `Cannot ${action} as '${name}' must be a function: received ${
        String(value)
      }`,
    );
  }
}

/** Throws if something is no signal. */
export function checkSignal(action: string, signal: unknown): void {
  if (signal instanceof AbortSignal) return;
  throw new TypeError(
    `Cannot ${action} as 'signal' must be an AbortSignal: received ${
      String(signal)
    }`,
  );
}
