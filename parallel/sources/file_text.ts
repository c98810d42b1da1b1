/**
 * Files as a source: each thread reads what it works on.
 *
 * @module
 */

import { OpenFile, type PlannedFile } from "./planned_file.ts";
import { EncodedText } from "./text.ts";

/** So much is read at once, in bytes. */
const WINDOW = 2 ** 16;

const NOTHING = new Uint8Array(0);

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** How a file goes to other threads. */
export interface FileTextHandle {
  readonly planned: PlannedFile;
  /** Longer lines are refused, in bytes. */
  readonly longest: number;
}

/** A file: it is opened when it is first read, and open until it is closed. */
export class FileText extends EncodedText {
  readonly handle: FileTextHandle;
  #file: OpenFile | undefined;
  /** What was read last, and where it begins. */
  #window: Uint8Array = NOTHING;
  #start = 0;
  /** Memory for it; a line that is longer has its own. */
  #buffer: Uint8Array | undefined;

  constructor(handle: FileTextHandle) {
    super(handle.planned.size, handle.longest);
    this.handle = handle;
  }

  protected override get name(): string {
    return `file "${this.handle.planned.path}"`;
  }

  /** A copy of some bytes. */
  piece(index: number, size: number): Uint8Array<ArrayBuffer> {
    const from = index * size;
    const piece = new Uint8Array(Math.min(size, this.length - from));
    this.#open().read(piece, from);
    return piece;
  }

  protected override unitsIn(
    from: number,
    to: number,
    ahead: number,
  ): Uint8Array {
    const at = from - this.#start;
    const isThere = at >= 0 && to - this.#start <= this.#window.length;
    if (!isThere) {
      const wanted = Math.min(ahead - from, WINDOW);
      return this.#read(from, Math.max(to - from, wanted))
        .subarray(0, to - from);
    }
    return this.#window.subarray(at, at + to - from);
  }

  protected override decode(units: Uint8Array): string {
    return decoder.decode(units);
  }

  /**
   * Closes it, if it is open.
   *
   * @throws {Error} If it has changed since it was planned.
   */
  finish(): void {
    try {
      this.#file?.check();
    } finally {
      this.close();
    }
  }

  /** Closes it, if it is open; the next one who reads opens it anew. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#window = NOTHING;
    this.#buffer = undefined;
  }

  #read(from: number, length: number): Uint8Array {
    // If it fails, there is nothing in it.
    this.#window = NOTHING;
    const window = length > WINDOW
      ? new Uint8Array(length)
      : (this.#buffer ??= new Uint8Array(WINDOW)).subarray(0, length);
    this.#open().read(window, from);
    this.#start = from;
    return this.#window = window;
  }

  #open(): OpenFile {
    return this.#file ??= new OpenFile(this.handle.planned);
  }
}
