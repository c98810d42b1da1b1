/**
 * Reading files through the C library, which needs `--allow-ffi` only.
 * (Deno's own functions read `/sys` and `/proc` under `--allow-all` only.)
 *
 * @module
 */

import { EINTR } from "./errno.ts";
import { errnoOf, type Libc } from "./libc.ts";

/** `O_RDONLY | O_CLOEXEC`, the same number on x86-64 and arm64. */
const READ_ONLY = 0o2000000;

/** Enough for any file of `/sys` in one call. */
const CHUNK_BYTES = 16 * 1024;

/** What is longer than this is no small file. */
const LIMIT_BYTES = 16 * 1024 * 1024;

/** Reads files one after another with one buffer. */
export class FileReader {
  readonly #libc: Libc;
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();

  /** A reader that works through the given library. */
  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** A whole file as text; `undefined` where it is missing, cannot be read, or is not small. */
  read(path: string): string | undefined {
    if (path.includes("\0")) return undefined;
    const name = this.#encoder.encode(`${path}\0`);
    const file = this.#retry(() => this.#libc.open(name, READ_ONLY));
    if (file < 0) return undefined;
    try {
      return this.#readAll(file);
    } finally {
      this.#libc.close(file);
    }
  }

  #readAll(file: number): string | undefined {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    let total = 0;
    // A short read is no end: the kernel hands out some files page by page.
    while (total <= LIMIT_BYTES) {
      const count = this.#retry(() =>
        Number(this.#libc.read(file, this.#chunk, BigInt(CHUNK_BYTES)))
      );
      if (count < 0) return undefined;
      if (count === 0) return this.#decode(chunks, total);
      chunks.push(this.#chunk.slice(0, count));
      total += count;
    }
    return undefined;
  }

  #decode(chunks: readonly Uint8Array<ArrayBuffer>[], total: number): string {
    if (chunks.length === 1) return this.#decoder.decode(chunks[0]);
    const all = new Uint8Array(total);
    let offset = 0;
    for (const chunk of chunks) {
      all.set(chunk, offset);
      offset += chunk.length;
    }
    return this.#decoder.decode(all);
  }

  /** Calls again as long as a signal interrupts it. */
  #retry(call: () => number): number {
    while (true) {
      const result = call();
      if (result >= 0 || errnoOf(this.#libc) !== EINTR) return result;
    }
  }
}
