/**
 * What a worker of a server does now and then, whatever is asked of it.
 *
 * @module
 */

import { hostingHere } from "../workers/host/hosting.ts";
import { BEAT, type BoardPart } from "./board.ts";

/**
 * Shows that the event loop of this worker turns, and looks at its heap, which otherwise
 * calls do. Where workers share a thread nobody could notice.
 */
export function pulseOf(part: BoardPart): Disposable | undefined {
  const hosting = hostingHere();
  if (hosting === undefined) return undefined;
  const timer = setInterval(() => {
    part.beat();
    hosting.mailbox.recorder.heap?.look();
  }, BEAT);
  (timer as unknown as { unref?(): void }).unref?.();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
