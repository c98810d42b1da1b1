/**
 * What is not counted, and why.
 *
 * @module
 */

/** A file or folder that is not counted. */
export interface Skipped {
  /** Where it is. */
  readonly path: string;
  /** Why it is not counted, in words. */
  readonly reason: string;
}

/** Why a file or folder cannot be read, by the error that says so. */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) {
    return "no such file or folder";
  }
  const message = error instanceof Error ? error.message : String(error);
  // As in: Permission denied (os error 13): open '/etc/shadow'
  const [text = message] = message.split(" (os error");
  return `cannot be read: ${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}
