/**
 * What was found in a file.
 *
 * @module
 */

import { type Query, summaryText } from "./query.ts";

/** What was found in a file. */
export interface Found {
  /** How many lines match. */
  readonly count: number;
  /** What is printed. */
  readonly text: string;
  /** Why it cannot be read, if it cannot. */
  readonly error?: string;
}

/** Nothing: in a binary file, say. */
export function nothing(query: Query, path: string): Found {
  return { count: 0, text: summaryText(query, path, 0) };
}

/** A file that cannot be read. */
export function unreadable(path: string, error: unknown): Found {
  const { message } = error as Error;
  // As in: Permission denied (os error 13): open '/etc/shadow'
  const [reason = message] = message.split(" (os error");
  return { count: 0, text: "", error: `${path}: ${reason}` };
}
