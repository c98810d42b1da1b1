/**
 * What commands print.
 *
 * @module
 */

/** Prints lines to standard output. */
export function print(text: string): void {
  writeAll(Deno.stdout, text);
}

/** Prints lines to standard error. */
export function complain(text: string): void {
  writeAll(Deno.stderr, text);
}

function writeAll(
  stream: { writeSync(bytes: Uint8Array): number },
  text: string,
): void {
  if (text === "") return;
  const bytes = new TextEncoder().encode(`${text}\n`);
  for (let written = 0; written < bytes.length;) {
    written += stream.writeSync(bytes.subarray(written));
  }
}
