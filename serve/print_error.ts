/**
 * Errors of applications that nobody handles.
 *
 * @module
 */

/** Prints an error that an application has thrown and does not handle, as `Deno.serve()` does. */
export function printError(error: unknown): void {
  // deno-lint-ignore kindred/no-console-in-library
  console.error(error);
}
