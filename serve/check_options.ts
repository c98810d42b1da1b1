/**
 * What is refused before anything is started.
 *
 * @module
 */

import { inWords } from "../codec/in_words.ts";
import { Runtime } from "../workers/runtime/runtime.ts";
import { BEAT } from "./board.ts";
import type { ListenOptions, ServeOptions } from "./serve_options.ts";

const MOST_PORTS = 2 ** 16 - 1;

/**
 * Checks what servers of all kinds are told.
 *
 * @throws {TypeError} If an option is of another type, or two exclude each other.
 * @throws {RangeError} If a number is out of range.
 */
export function checkListenOptions<F>(options: ListenOptions<F>): void {
  const { port, hostname, path, cert, key, runtime, workers } = options;
  checkWhole("port", port, 0, MOST_PORTS);
  checkText("hostname", hostname);
  checkText("path", path);
  checkText("cert", cert);
  checkText("key", key);
  if ((cert === undefined) !== (key === undefined)) {
    throw new TypeError(
      `Cannot serve as 'cert' and 'key' must be given together: received '${
        cert === undefined ? "key" : "cert"
      }' only`,
    );
  }
  if (path !== undefined && (port !== undefined || hostname !== undefined)) {
    throw new TypeError(
      `Cannot serve as 'path' excludes 'port' and 'hostname': received path '${path}' as well`,
    );
  }
  if (path !== undefined && cert !== undefined) {
    throw new TypeError(
      `Cannot serve as 'path' excludes 'cert': received path '${path}' as well`,
    );
  }
  if (runtime !== undefined && !(runtime instanceof Runtime)) {
    throw new TypeError(
      `Cannot serve as 'runtime' must be a runtime: received ${
        inWords(runtime)
      }`,
    );
  }
  if (runtime !== undefined && workers !== undefined) {
    throw new TypeError(
      `Cannot serve as a given 'runtime' has its workers: received 'workers' ${
        inWords(workers)
      } as well`,
    );
  }
  checkInstance(
    "signal",
    options.signal,
    "an AbortSignal",
    (value) => value instanceof AbortSignal,
  );
  checkInstance(
    "onListen",
    options.onListen,
    "a function",
    (value) => typeof value === "function",
  );
  checkInstance(
    "families",
    options.families,
    "an object",
    (value) => typeof value === "object" && value !== null,
  );
  checkTime("shutdownTimeout", options.shutdownTimeout);
  checkTime("stallTimeout", options.stallTimeout, 2 * BEAT);
}

/**
 * Checks what HTTP servers are told besides.
 *
 * @throws {TypeError} If an option is of another type.
 * @throws {RangeError} If a number is out of range.
 */
export function checkServeOptions<F>(options: ServeOptions<F>): void {
  const { maxConcurrent, maxBody, health, readiness } = options;
  checkWhole("maxConcurrent", maxConcurrent, 1, Number.MAX_SAFE_INTEGER);
  checkWhole("maxBody", maxBody, 0, Number.MAX_SAFE_INTEGER);
  for (const [name, path] of Object.entries({ health, readiness })) {
    checkText(name, path);
    if (path === undefined || path.startsWith("/")) continue;
    throw new TypeError(
      `Cannot serve as '${name}' must be a path that begins with '/': received "${path}"`,
    );
  }
}

export function checkWhole(
  name: string,
  value: unknown,
  least: number,
  most: number,
): void {
  if (value === undefined) return;
  if (Number.isInteger(value)) {
    const number = value as number;
    if (number >= least && number <= most) return;
  }
  throw new RangeError(
    `Cannot serve as '${name}' must be an integer from ${least} to ${most}: received ${
      inWords(value)
    }`,
  );
}

function checkTime(name: string, value: unknown, least = 0): void {
  if (value === undefined || (typeof value === "number" && value >= least)) {
    return;
  }
  throw new RangeError(
    `Cannot serve as '${name}' must be a time of ${least} ms at least: received ${
      inWords(value)
    }`,
  );
}

function checkInstance(
  name: string,
  value: unknown,
  what: string,
  isOne: (value: unknown) => boolean,
): void {
  if (value === undefined || isOne(value)) return;
  throw new TypeError(
    `Cannot serve as '${name}' must be ${what}: received ${inWords(value)}`,
  );
}

function checkText(name: string, value: unknown): void {
  if (value === undefined || (typeof value === "string" && value !== "")) {
    return;
  }
  throw new TypeError(
    `Cannot serve as '${name}' must be a string that is not empty: received ${
      value === "" ? '""' : typeof value
    }`,
  );
}
