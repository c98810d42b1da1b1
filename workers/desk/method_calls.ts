/**
 * Calls of the methods of one family, as they are made on one thread.
 *
 * @module
 */

import { signature } from "../../linked/signature.ts";
import type { CallObserver } from "../telemetry/call_observer.ts";
import type { Desk } from "./desk.ts";
import { callMethod } from "./method_call.ts";

/** A family, as a desk knows it. */
export interface CalledFamily {
  /** Its name. */
  readonly name: string;
  /** Its number. */
  readonly number: number;
  /** The signatures of its methods, by their numbers. */
  readonly signatures: readonly string[];
}

/** Calls a method of a family. */
export type CallOfFamily = (
  worker: number,
  method: number,
  args: unknown[],
) => Promise<unknown>;

/** Makes calls of one family, which are watched if anybody wants that. */
export function callsOf(
  { name, number, signatures }: CalledFamily,
  desk: Desk,
  observer: CallObserver,
): CallOfFamily {
  const names = signatures.map((text) => signature(text).name);
  return (worker, method, args) => {
    const called = { worker, family: number, method };
    if (!observer.active) return callMethod(desk, called, args);
    return observer.watch(
      { family: name, method: names[method]!, worker },
      (context) => callMethod(desk, called, args, context),
    );
  };
}
