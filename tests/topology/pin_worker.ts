/** Pins itself to the processor that it is sent, and reports what became of it. */

import {
  currentAffinity,
  currentProcessor,
  pinThread,
} from "../../topology/mod.ts";

/** Affinities of the worker: before, during and after the pin. */
export interface PinReport {
  readonly inherited: number[] | undefined;
  readonly pinned: number[] | undefined;
  /** The processors on which the pinned worker ran. */
  readonly ran: (number | undefined)[];
  readonly restored: number[] | undefined;
}

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<number>) => void;
  postMessage(message: PinReport): void;
};

scope.onmessage = (event) => {
  const inherited = currentAffinity();
  const ran = new Set<number | undefined>();
  let pinned: number[] | undefined;
  {
    using _pin = pinThread(event.data);
    pinned = currentAffinity();
    for (let turn = 0; turn < 1000; turn++) ran.add(currentProcessor());
  }
  const restored = currentAffinity();
  scope.postMessage({ inherited, pinned, ran: [...ran], restored });
};
