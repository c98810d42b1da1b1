/**
 * The other workers that are lost, as a worker finds out that waits for them.
 *
 * @module
 */

import type { Reader } from "../../codec/reader.ts";
import { onTick } from "../../sync/thread/keep_alive.ts";
import { currentThread, type ThreadId } from "../../sync/thread/thread.ts";
import { goneHome } from "../callbacks/given.ts";
import type { ThreadCallbacks } from "../callbacks/thread_callbacks.ts";
import type { Desk } from "../desk/desk.ts";
import type { Directory } from "../desk/directory.ts";
import type { Loss } from "../desk/loss.ts";
import { WorkerLostError } from "../errors.ts";
import type { Fabric } from "../fabric/fabric.ts";
import type { WaitTable } from "../fabric/wait_table.ts";
import { STARTER } from "../life/control.ts";
import { readFault, WITHOUT_A_WORD } from "../life/fault.ts";
import { lifeOf, whichAreGone } from "../life/life.ts";
import { FAULT } from "../mailbox/frame_kind.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { Peer } from "../mailbox/peer.ts";

/** What a worker has to do with others. */
export interface LossesOptions {
  /** Where everything is. */
  readonly fabric: Fabric;
  /** Its mailbox. */
  readonly mailbox: Mailbox;
  /** Who the others are. */
  readonly directory: Directory;
  /** Its calls. */
  readonly desk: Desk;
  /** Its callbacks. */
  readonly callbacks: ThreadCallbacks;
  /** Who blocks. */
  readonly waits: WaitTable;
}

/** Why a worker is lost. */
type Why = Pick<Loss, "reason" | "cause">;

const UNSAID: Why = { reason: WITHOUT_A_WORD };

/** Ends what lost workers will not answer. */
export class Losses {
  readonly #options: LossesOptions;
  readonly #mailbox: Mailbox;
  readonly #desk: Desk;
  readonly #directory: Directory;
  readonly #stopTicks: () => void;
  #looking = false;

  /** Looks at every tick who is gone. */
  constructor(options: LossesOptions) {
    this.#options = options;
    this.#mailbox = options.mailbox;
    this.#desk = options.desk;
    this.#directory = options.directory;
    this.#stopTicks = onTick(() => this.#look());
  }

  /** Looks no more. */
  close(): void {
    this.#stopTicks();
  }

  /** A worker says why it ends. */
  lastWords(from: Peer, frame: Reader): void {
    frame.word();
    const { reason, error } = readFault(frame);
    this.#lose(from, { reason, cause: error });
  }

  /** The thread in a slot is another one now. */
  replaced(former: Peer): void {
    this.#options.callbacks.forget(former, () => goneHome());
    const worker = this.#directory.workerIn(former.slot);
    if (worker >= 0) this.endCalls(worker, former);
  }

  /** Rejects what a lost worker will not answer. */
  endCalls(worker: number, peer: Peer, why: Why = UNSAID): void {
    const desk = this.#desk;
    let { reason, cause } = why;
    // What it still said. Nobody is left to be answered.
    for (let kind = peer.next(); kind >= 0; kind = peer.next()) {
      if (desk.receive(peer, kind, peer.frame)) continue;
      if (kind === FAULT) {
        peer.frame.word();
        const fault = readFault(peer.frame);
        reason = fault.reason;
        cause = fault.error;
      }
    }
    desk.rejectLost(worker, peer, reason, cause);
    desk.unbound.rejectTaken({ worker, thread: peer.thread, reason, cause });
  }

  /** Without waiting for anything: this thread may block. */
  lookNow(): void {
    this.#lookAtPosts();
    const { threads } = currentThread();
    for (const peer of this.#mailbox.peers) {
      if (this.#mailbox.expectations.from(peer.slot) === 0) continue;
      if (!threads.isLive(peer.thread)) this.#lose(peer, UNSAID);
    }
    for (const thread of this.#desk.unbound.takers()) {
      if (!threads.isLive(thread)) this.#loseTaker(thread);
    }
    this.#desk.unbound.rejectTaken();
  }

  /** While this worker waits: is everybody there, or there again? */
  async #look(): Promise<void> {
    this.#mailbox.rescue();
    this.lookNow();
    if (this.#looking) return;
    this.#looking = true;
    try {
      await this.#lookAtThreads();
    } finally {
      this.#looking = false;
    }
  }

  /** Rejects what a lost worker will not answer, and forgets it. */
  #lose(peer: Peer, why: Why): void {
    const worker = this.#directory.workerIn(peer.slot);
    if (worker >= 0) this.endCalls(worker, peer, why);
    this.#mailbox.forget(peer.slot);
    this.#options.callbacks.forget(peer, () => goneHome());
  }

  /** A worker is lost that has taken an unbound task; this one may never have known it. */
  #loseTaker(thread: ThreadId): void {
    const worker = this.#directory.workerOf(thread);
    this.#mailbox.drain(); // what it still said
    this.#desk.unbound.rejectTaken({ worker, thread, reason: WITHOUT_A_WORD });
  }

  /** Sends or rejects what was called while its worker was replaced. */
  #lookAtPosts(): void {
    const { held } = this.#desk;
    for (const worker of [...held.workers]) {
      if (this.#directory.openSlotOf(worker) >= 0) held.send(worker);
      else if (this.#directory.hasFailed(worker)) held.reject(worker);
      else if (
        this.#options.waits.blocks(STARTER) && !this.#mailbox.blocks
      ) {
        // It may wait for this very call, and nobody would find out.
        held.reject(worker, () =>
          new WorkerLostError(
            worker,
            "the starting thread blocks, so that no other one can be started",
            { started: false },
          ));
      }
    }
  }

  async #lookAtThreads(): Promise<void> {
    const { threads } = currentThread();
    const { lives } = this.#options.fabric.handle;
    // With the starting thread, this one ends: nobody looks whether it is there.
    const awaited = this.#mailbox.peers.filter(({ slot }) =>
      slot !== STARTER && this.#mailbox.expectations.from(slot) > 0
    );
    const takers = [...this.#desk.unbound.takers()];
    const gone = await whichAreGone(
      [...awaited.map(({ thread }) => thread), ...takers]
        .map((thread) => lifeOf(lives, thread)),
    );
    for (const thread of takers) {
      if (!gone.has(lifeOf(lives, thread))) continue;
      threads.markLost(thread);
      this.#loseTaker(thread);
    }
    for (const peer of awaited) {
      if (!gone.has(lifeOf(lives, peer.thread))) continue;
      threads.markLost(peer.thread);
      if (this.#mailbox.peer(peer.slot) === peer) {
        this.#lose(peer, UNSAID);
      }
    }
  }
}
