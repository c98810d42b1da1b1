/** Pins itself to the processor that it is sent, and reports what became of it. */

import {
  allowedProcessors,
  currentProcessor,
  pinThread,
  topology,
} from "../../topology/mod.ts";

/** Affinities of the worker: before, during and after the pin. */
export interface PinReport {
  readonly inherited: number[] | undefined;
  /** What the topology says, first read while a pin was refused. */
  readonly allowed: number[];
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
  const inherited = allowedProcessors();
  try {
    pinThread([event.data, 100_000]);
  } catch {
    // Refused, as another test checks.
  }
  const allowed = topology().allowed.ids;
  const ran = new Set<number | undefined>();
  let pinned: number[] | undefined;
  {
    using _pin = pinThread(event.data);
    pinned = allowedProcessors();
    for (let turn = 0; turn < 1000; turn++) ran.add(currentProcessor());
  }
  const restored = allowedProcessors();
  scope.postMessage({ inherited, allowed, pinned, ran: [...ran], restored });
};
