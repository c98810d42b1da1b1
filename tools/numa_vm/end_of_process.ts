/**
 * Being told to end: QEMU would go on without whoever started it.
 *
 * @module
 */

const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

/**
 * A signal that aborts when this process is told to end, which from now on does
 * not end it by itself: whoever waits is to stop and clean up.
 */
export function endOfProcess(): AbortSignal {
  const controller = new AbortController();
  for (const name of SIGNALS) {
    Deno.addSignalListener(
      name,
      () => controller.abort(new Error(`Ended by ${name}`)),
    );
  }
  return controller.signal;
}
