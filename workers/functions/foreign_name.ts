/**
 * Telling that a function uses something that stayed behind.
 *
 * @module
 */

import { COLUMNS_BEFORE } from "./compile.ts";
import type { LoadedFunction } from "./loaded_function.ts";
import { surroundings } from "./self_contained.ts";

/** What each line of a stack trace begins with. */
const FRAME = "\n    at ";

/**
 * What to say of an error that a function threw: if a self-contained one used a
 * name that only its surroundings had, an error that says so; else the error
 * itself.
 */
export function foreignName(error: unknown, fn: LoadedFunction): unknown {
  if (!(error instanceof ReferenceError) || fn.source === undefined) {
    return error;
  }
  const { message, stack } = error;
  const name = typeof message === "string"
    ? /^(\S+) is not defined$/.exec(message)?.[1]
    : undefined;
  if (name === undefined || !isThrownBy(fn, fn.source, name, stack)) {
    return error;
  }
  const told = new ReferenceError(surroundings("run", fn.name, name), {
    cause: error,
  });
  const frames = typeof stack === "string" ? stack.indexOf(FRAME) : -1;
  if (frames >= 0) {
    told.stack = `ReferenceError: ${told.message}${stack!.slice(frames)}`;
  }
  return told;
}

/** Whether the engine found in this very source that there is no such name. */
function isThrownBy(
  fn: LoadedFunction,
  source: string,
  name: string,
  stack: unknown,
): boolean {
  if (!mentions(source, name)) return false;
  const top = typeof stack === "string"
    ? stack.split(FRAME)[1]?.split("\n")[0]
    : undefined;
  // Without stack traces the name has to do.
  if (top === undefined) return true;
  const place = placeIn(top, fn.origin);
  if (place === undefined) return false;
  const [line, column] = place;
  const here = source.split("\n")[line - 1]?.slice(
    column - 1 - (line === 1 ? COLUMNS_BEFORE : 0),
  );
  if (here === undefined) return false;
  // The function may have made that error itself.
  const made = /^(?:new(?![\w$])[\s(]*|(?=ReferenceError))/.exec(here);
  return made === null || here.startsWith(name, made[0].length);
}

function mentions(source: string, name: string): boolean {
  // A name may also be written with escapes.
  return source.includes(name) || source.includes("\\u");
}

/** Where in a source the frame of a stack trace is: line and column, from 1. */
function placeIn(
  frame: string,
  origin: string,
): [line: number, column: number] | undefined {
  const at = frame.lastIndexOf(origin);
  if (at < 0) return undefined;
  const place = /^(?:, <anonymous>)?:(\d+):(\d+)\)?$/.exec(
    frame.slice(at + origin.length),
  );
  return place === null ? undefined : [Number(place[1]), Number(place[2])];
}
