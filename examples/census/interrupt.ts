/**
 * Ctrl-C: asks the program to stop, and makes sure that it does.
 *
 * @module
 */

/** How long the program may take to stop, in ms. */
const TIME_TO_STOP = 800;

/** The signals to stop at, with their numbers. */
const SIGNALS: readonly (readonly [Deno.Signal, number])[] =
  Deno.build.os === "windows"
    ? [["SIGINT", 2], ["SIGBREAK", 21]]
    : [["SIGINT", 2], ["SIGTERM", 15]];

/** Listens to the signals that stop a program, until it is disposed. */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  readonly #listeners = SIGNALS.map(([signal, number]) =>
    [signal, () => this.#interrupt(number)] as const
  );
  #status: number | undefined;

  constructor() {
    for (const [signal, listener] of this.#listeners) {
      Deno.addSignalListener(signal, listener);
    }
  }

  /** Aborted when the program is to stop. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The exit status that says so; undefined as long as nothing came. */
  get status(): number | undefined {
    return this.#status;
  }

  /** Calls a function once, at once if the program is to stop already. */
  onStop(stop: () => void): void {
    if (this.signal.aborted) stop();
    else this.signal.addEventListener("abort", stop, { once: true });
  }

  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#listeners) {
      Deno.removeSignalListener(signal, listener);
    }
  }

  #interrupt(number: number): void {
    const status = 128 + number;
    // The terminal and whoever started us may both pass the same Ctrl-C on.
    if (this.#status !== undefined) return;
    this.#status = status;
    // A thread that hangs in a system call does not hear us.
    Deno.unrefTimer(setTimeout(() => Deno.exit(status), TIME_TO_STOP));
    this.#controller.abort();
  }
}
