/**
 * How far something is, on a terminal.
 *
 * @module
 */

import type { SharedCounter } from "../../mod.ts";
import { bar } from "../census/format.ts";

/** How often it is drawn, in ms. */
const INTERVAL = 50;
const WIDTH = 40;
const CLEAR_LINE = "\r\x1b[K";

/** Where it is drawn. */
export interface Terminal {
  isTerminal(): boolean;
  writeSync(bytes: Uint8Array): number;
}

/** A bar that grows with a shared counter, until it is disposed; nothing where there is no terminal. */
export class ProgressBar implements Disposable {
  readonly #counter: SharedCounter;
  readonly #total: number;
  readonly #terminal: Terminal;
  readonly #timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    counter: SharedCounter,
    total: number,
    terminal: Terminal = Deno.stderr,
  ) {
    this.#counter = counter;
    this.#total = total;
    this.#terminal = terminal;
    if (!terminal.isTerminal()) return;
    this.#draw();
    this.#timer = setInterval(() => this.#draw(), INTERVAL);
  }

  /** Leaves the line empty. */
  [Symbol.dispose](): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#write(CLEAR_LINE);
  }

  #draw(): void {
    const share = this.#counter.value / this.#total;
    const percent = `${Math.floor(100 * share)}%`.padStart(5);
    this.#write(CLEAR_LINE + bar(share, WIDTH).padEnd(WIDTH, "░") + percent);
  }

  #write(text: string): void {
    this.#terminal.writeSync(new TextEncoder().encode(text));
  }
}
