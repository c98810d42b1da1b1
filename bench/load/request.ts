/**
 * Requests as bytes.
 *
 * @module
 */

const encoder = new TextEncoder();

/** The bytes of a request without a body. */
export function requestOf(
  target: string,
  isLast = false,
): Uint8Array<ArrayBuffer> {
  const connection = isLast ? "connection: close\r\n" : "";
  return encoder.encode(
    `GET ${target} HTTP/1.1\r\nhost: 127.0.0.1\r\n${connection}\r\n`,
  );
}

/** Writes all of it. */
export async function write(
  to: { write(bytes: Uint8Array<ArrayBuffer>): Promise<number> },
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += await to.write(bytes.subarray(done));
  }
}
