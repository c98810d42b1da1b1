/**
 * The progress of a count. It only reads shared counters: nobody is asked, and
 * nobody is disturbed.
 *
 * @module
 */

import type { Tally } from "./census.ts";
import { bar, count, duration, number, size, speed } from "./format.ts";

/** How often the bar is drawn, in ms. */
const INTERVAL = 80;
/** The width of the column of names, as in the drawing of the machine. */
const NAMES = 11;
const CLEAR_LINE = "\r\x1b[K";

/** What is to be counted. */
export interface Task {
  /** What to call it. */
  readonly name: string;
  /** How many files there are. */
  readonly files: number;
  /** How many bytes are in them. */
  readonly bytes: number;
}

/** A progress bar where standard error is a terminal. */
export class Progress implements Disposable {
  readonly #tally: Tally;
  readonly #task: Task;
  readonly #start = performance.now();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(tally: Tally, task: Task) {
    this.#tally = tally;
    this.#task = task;
    if (Deno.stderr.isTerminal() && Deno.env.get("TERM") !== "dumb") {
      this.#timer = setInterval(() => this.#draw(), INTERVAL);
      this.#draw();
    }
  }

  /** Leaves the last state of the bar; elsewhere a line that says the same. */
  done(): void {
    if (this.#timer === undefined) return this.#say("counted");
    this.#draw();
    write("\n");
    this.#end();
  }

  /** Says how far the count came. */
  stopped(): void {
    this[Symbol.dispose]();
    this.#say("stopped after");
  }

  /** Removes the bar, if it is still there. */
  [Symbol.dispose](): void {
    if (this.#timer === undefined) return;
    write(CLEAR_LINE);
    this.#end();
  }

  #end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  get #seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  #say(what: string): void {
    const { files, bytes, words } = this.#tally;
    write(
      `${what} ${number(files.value)} of ${count(this.#task.files, "file")}, ${
        size(bytes.value)
      }, ${count(words.value, "word")} in ${duration(this.#seconds)}\n`,
    );
  }

  #draw(): void {
    const { files, bytes, words } = this.#tally;
    const { name, ...all } = this.#task;
    const share = all.bytes > 0 ? Math.min(1, bytes.value / all.bytes) : 1;
    const inAll = number(all.files);
    // Of one width, so that the bar does not change its own.
    const text = [
      `${Math.floor(share * 100)}%`.padStart(5),
      `${number(files.value).padStart(inAll.length)}/${inAll} files`,
      speed(bytes.value, this.#seconds).padStart(8),
      count(words.value, "word").padStart(17),
    ].join(" ");
    const columns = widthOfTerminal() - 3; // room for ^C
    const width = Math.min(40, columns - NAMES - text.length);
    const line = width < 8
      ? text
      : name.padEnd(NAMES) + bar(share, width).padEnd(width, "░") + text;
    write(CLEAR_LINE + line.slice(0, columns));
  }
}

function widthOfTerminal(): number {
  try {
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80;
  }
}

const encoder = new TextEncoder();

function write(text: string): void {
  const bytes = encoder.encode(text);
  for (let written = 0; written < bytes.length;) {
    written += Deno.stderr.writeSync(bytes.subarray(written));
  }
}
