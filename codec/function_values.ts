/**
 * Functions as parts of values that a registered kind sends: closures, factories.
 *
 * What makes a function portable is known to the layer that runs functions on other
 * threads.
 *
 * @module
 */

import { perRealm } from "../sync/thread/realm.ts";
import { NotHereError } from "./not_here_error.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** Any function, whatever it takes. */
// deno-lint-ignore no-explicit-any -- `unknown` would refuse typed parameters
export type AnyFunction = (...args: any[]) => unknown;

/** How functions cross. */
export interface FunctionCodec {
  /**
   * What is sent instead of a function: a portable value.
   *
   * @throws {TypeError} If it is not portable.
   */
  encode(fn: AnyFunction, out: Writer): unknown;
  /**
   * The function of that.
   *
   * @throws {CorruptFrameError} If there is none.
   */
  decode(data: unknown, from: Reader): AnyFunction;
}

interface Registered {
  codec: FunctionCodec | undefined;
}

const REGISTERED = perRealm<Registered>("function codec", () => ({
  codec: undefined,
}));

/** Registers how functions cross. */
export function registerFunctions(codec: FunctionCodec): void {
  REGISTERED.codec ??= codec;
}

/** How functions cross. */
export function functionCodec(): FunctionCodec {
  const { codec } = REGISTERED;
  if (codec !== undefined) return codec;
  throw new NotHereError(
    "Cannot send or receive functions as nothing here runs them: import the runtime, from '@kindred/kindred' or its entry 'workers'",
  );
}
