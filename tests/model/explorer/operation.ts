/**
 * Operations of model threads, and how they look in a trace.
 *
 * @module
 */

import type { Cell, Word } from "./shared_memory.ts";

/** Operations on one word that return its former value or the stored one. */
export type Access =
  | "load"
  | "store"
  | "add"
  | "sub"
  | "and"
  | "or"
  | "xor"
  | "exchange"
  | "compareExchange";

/** All operations before which a thread can be preempted. */
export type Kind = Access | "wait" | "waitAsync" | "notify" | "abort";

/** The operation that a paused thread is about to do. */
export interface Operation {
  readonly kind: Kind;
  readonly cell: Cell;
  /** Arguments as the program gave them. */
  readonly a: Word;
  readonly b: Word;
  /** Of a wait, in milliseconds. */
  readonly timeout: number;
  /** Where in the program, in a traced run. */
  readonly site: string;
}

/** Thrown into a thread in place of an operation, to get out of it. */
export class Pause {
  readonly operation: Operation;

  constructor(operation: Operation) {
    this.operation = operation;
  }
}

/** Whether a thrown value is, wraps or suppresses a {@linkcode Pause}. */
export function isPause(value: unknown, depth = 0): boolean {
  if (value instanceof Pause) return true;
  if (typeof value !== "object" || value === null || depth > 16) return false;
  const { cause, error, suppressed, errors } = value as Record<string, unknown>;
  return isPause(cause, depth + 1) || isPause(error, depth + 1) ||
    isPause(suppressed, depth + 1) ||
    (Array.isArray(errors) && errors.some((e) => isPause(e, depth + 1)));
}

/** A value in a trace line. */
export function show(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") return `"${value}"`;
  return String(value);
}

/** Such as `compareExchange[word 3] 0->1 = 0`. */
export function describe(
  operation: Operation,
  before: unknown,
  result: unknown,
): string {
  const { kind, cell, a, b, timeout } = operation;
  const limit = timeout === Infinity ? "" : ` for ${timeout} ms`;
  const at = `${kind}[${cell.name}]`;
  switch (kind) {
    case "load":
      return `${at} = ${show(result)}`;
    case "compareExchange":
      return `${at} ${show(a)}->${show(b)} = ${show(result)}`;
    case "wait":
    case "waitAsync":
      return `${at} while ${show(a)}${limit}: ${result}`;
    case "notify":
      return `${at} ${show(a)} = ${result}`;
    case "abort":
      return `abort[${cell.name}]`;
    default:
      return `${at} ${show(a)}, was ${show(before)}`;
  }
}

/** The first place on the stack outside the explorer. */
export function siteOf(stack: string | undefined): string {
  const folder = import.meta.url.slice(0, import.meta.url.lastIndexOf("/") + 1);
  for (const line of stack?.split("\n").slice(1) ?? []) {
    const place = /(\w+:\/\/[^\s)]+):(\d+):(\d+)/.exec(line);
    if (!place) continue;
    const [, url, row] = place;
    if (url!.startsWith("ext:") || url!.startsWith("node:")) continue;
    if (url!.startsWith(folder)) continue;
    return ` (${url!.split("/").slice(-2).join("/")}:${row})`;
  }
  return "";
}
