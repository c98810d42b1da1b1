/**
 * What an object sees of its worker, where a test is the worker.
 *
 * @module
 */

import { encodeArguments } from "../../../codec/encode.ts";
import { Writer } from "../../../codec/writer.ts";
import type { ThreadId } from "../../../sync/thread/thread.ts";
import type { Hosting } from "../../../workers/host/hosting.ts";
import type { Peer } from "../../../workers/mailbox/peer.ts";
import type { Watched } from "../../../workers/mailbox/watched_work.ts";
import { Scratch } from "../../../workers/desk/scratch.ts";

/** What the test decides. */
export interface StubHosting {
  /** The slot of the worker. */
  readonly slot: number;
  /** What every job runs. */
  readonly run: (ref: unknown, ...args: never[]) => unknown;
  /** An answer to the thread in a slot, to what it knows by a number. */
  readonly answer: (slot: number, number: number, outcome: unknown) => void;
  /** Whether the worker blocks. Default: never. */
  readonly blocks?: () => boolean;
  /** Watches something. Returns whether it does. Default: never. */
  readonly watch?: (what: Watched) => boolean;
  readonly unwatch?: (what: Watched) => void;
  /** The thread in all slots. Default: one that is gone. */
  readonly peer?: ThreadId;
}

/** The thread in a slot; unless given, it counts as gone once the event loop turns. */
export function stubPeer(slot: number, thread: ThreadId = 0): Peer {
  return { slot, generation: 1, thread } as unknown as Peer;
}

/** A worker for one object. */
export function stubHosting(
  { slot, run, answer, blocks, watch, unwatch, peer }: StubHosting,
): Hosting {
  const nothing = () => {};
  const peers = new Map<number, Peer>();
  const hosting = {
    functions: { load: () => ({ run, isAsync: false, name: "run" }) },
    answers: {
      enter: nothing,
      leave: nothing,
      value: ({ slot }: Peer, number: number, value: unknown) =>
        answer(slot, number, value),
      error: ({ slot }: Peer, number: number, error: unknown) =>
        answer(slot, number, error),
    },
    mailbox: {
      slot,
      get blocks() {
        return blocks?.() ?? false;
      },
      renew(slot: number) {
        if (!peers.has(slot)) peers.set(slot, stubPeer(slot, peer));
        return peers.get(slot);
      },
      flush: nothing,
      watch: watch ?? (() => false),
      unwatch: unwatch ?? nothing,
    },
    desk: { scratch: new Scratch(), callbacks: { from: () => undefined } },
    fabric: { generation: () => 1, handle: { lives: "stub" } },
    cellsOf: () => ({ isCancelled: () => false }),
    strays: { outside: (run: () => void) => run() },
    enterStack: () => nothing,
  };
  return hosting as unknown as Hosting;
}

/** A frame for the worker: numbers, then the job and its argument, if there is one. */
export function frameOf(numbers: readonly number[], text?: string): Writer {
  const out = new Writer(64);
  for (const number of numbers) out.word(number);
  if (text !== undefined) {
    out.word(1);
    encodeArguments(out, [text]);
  }
  return out;
}
