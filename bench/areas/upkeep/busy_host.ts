// A thread that calculates, pinned to a processor, while it is told to; else it sleeps.
import { pinThread } from "../../../topology/mod.ts";

/** What the thread is told. */
export interface BusyOrder {
  readonly processor: number;
  readonly words: SharedArrayBuffer;
}

/** The word that says whether it works: 0 sleeps, 1 works, -1 ends. */
export const WORKS = 0;

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<BusyOrder>) => void;
  postMessage(message: string): void;
  close(): void;
};

scope.onmessage = ({ data }) => {
  pinThread([data.processor]);
  const words = new Int32Array(data.words);
  scope.postMessage("ready");
  let x = 1;
  for (;;) {
    Atomics.wait(words, WORKS, 0);
    if (Atomics.load(words, WORKS) < 0) return scope.close();
    for (let k = 0; k < 1000; k++) x = Math.imul(x, 1664525) + 1013904223 | 0;
    if (x === 0) x = 1;
  }
};
