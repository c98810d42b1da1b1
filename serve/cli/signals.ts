/**
 * Signals from outside.
 *
 * @module
 */

/** What a signal number is added to in the exit status of a program that it ends. */
const ENDED_BY_SIGNAL = 128;

/** Those that ask a program to end, and their numbers. */
const ENDING: Readonly<Partial<Record<Deno.Signal, number>>> =
  Deno.build.os === "windows"
    ? { SIGINT: 2, SIGBREAK: 21 }
    : { SIGINT: 2, SIGTERM: 15 };

/** What signals do. */
export interface SignalActions {
  /** To be asked to end: once. */
  readonly end: () => void;
  /** To load everything anew: SIGHUP, where there is such a signal. */
  readonly renew: () => void;
}

/** Follows signals until what this returns is disposed. The second one that ends does so at once. */
export function followSignals({ end, renew }: SignalActions): Disposable {
  let isEnding = false;
  const listeners: [Deno.Signal, () => void][] = [];
  for (const [signal, number] of Object.entries(ENDING)) {
    listeners.push([signal as Deno.Signal, () => {
      if (isEnding) Deno.exit(ENDED_BY_SIGNAL + number);
      isEnding = true;
      end();
    }]);
  }
  if (Deno.build.os !== "windows") {
    listeners.push(["SIGHUP", () => {
      if (!isEnding) renew();
    }]);
  }
  for (const [signal, act] of listeners) Deno.addSignalListener(signal, act);
  return {
    [Symbol.dispose]() {
      for (const [signal, act] of listeners) {
        Deno.removeSignalListener(signal, act);
      }
    },
  };
}
