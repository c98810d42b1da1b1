/**
 * Lines of text on a connection.
 *
 * @module
 */

import type { TcpConnection } from "../../serve/mod.ts";

const LINE_FEED = 10;

/** How long a line may be, in bytes. */
const LONGEST = 4096;

/** How many characters may wait for somebody who is slow to read. */
const MOST_UNSENT = 1 << 20;

/**
 * The lines that come, until the other side ends or the signal is aborted.
 *
 * @throws {RangeError} If one is too long.
 */
export async function* readLines(
  connection: TcpConnection,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(LONGEST);
  let length = 0;
  let stop = () => {};
  const aborted = () => stop();
  signal.addEventListener("abort", aborted);
  try {
    while (!signal.aborted) {
      const read = await new Promise<number | null>((resolve, reject) => {
        stop = () => resolve(null);
        connection.read(buffer.subarray(length)).then(resolve, reject);
      });
      if (read === null) return;
      length += read;
      let start = 0;
      for (
        let end = buffer.indexOf(LINE_FEED);
        end >= 0 && end < length;
        end = buffer.indexOf(LINE_FEED, start)
      ) {
        yield decoder.decode(buffer.subarray(start, end)).replace(/\r$/, "");
        start = end + 1;
      }
      buffer.copyWithin(0, start, length);
      length -= start;
      if (length === LONGEST) {
        throw new RangeError(
          `Cannot read line as it is longer than ${LONGEST} bytes`,
        );
      }
    }
  } finally {
    signal.removeEventListener("abort", aborted);
  }
}

/** Writes lines in their order, and lets go of who does not read them. */
export class LineWriter {
  readonly #connection: TcpConnection;
  readonly #encoder = new TextEncoder();
  #unsent: string[] = [];
  #length = 0;
  #writing: Promise<void> | undefined;

  constructor(connection: TcpConnection) {
    this.#connection = connection;
  }

  /** Writes a line when those before it are written. */
  write(line: string): void {
    this.#unsent.push(`${line}\n`);
    this.#length += line.length + 1;
    if (this.#length > MOST_UNSENT) this.#connection[Symbol.dispose]();
    this.#writing ??= this.#write();
  }

  /** Resolves when all is written, or cannot be. */
  async written(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    try {
      while (this.#unsent.length > 0) {
        const lines = this.#unsent.splice(0).join("");
        const bytes = this.#encoder.encode(lines);
        for (let sent = 0; sent < bytes.length;) {
          sent += await this.#connection.write(bytes.subarray(sent));
        }
        this.#length -= lines.length;
      }
    } catch {
      this.#unsent = []; // nobody reads any more
    } finally {
      this.#writing = undefined;
    }
  }
}
