/**
 * What is searched for, and what is said of it.
 *
 * @module
 */

/** What is searched for: it goes to other threads as it is. */
export interface Query {
  /** A regular expression of JavaScript. */
  readonly pattern: string;
  /** Whether capital letters are taken for small ones. */
  readonly ignoreCase: boolean;
  /** What is printed of each file: its lines, how many there are, or its name. */
  readonly print: "lines" | "count" | "name";
  /** Whether lines are numbered. */
  readonly numbered: boolean;
  /** Whether lines and counts begin with the name of their file. */
  readonly named: boolean;
}

/** What is printed of a line. */
export function lineText(
  { named, numbered }: Query,
  path: string,
  number: number,
  line: string,
): string {
  const name = named ? `${path}:` : "";
  return numbered ? `${name}${number}:${line}\n` : `${name}${line}\n`;
}

/** What is printed of a file, but for its lines. */
export function summaryText(
  { print, named }: Query,
  path: string,
  count: number,
): string {
  if (print === "count") return named ? `${path}:${count}\n` : `${count}\n`;
  return print === "name" && count > 0 ? `${path}\n` : "";
}
