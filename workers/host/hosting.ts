/**
 * What a worker offers to a layer above that hosts something of its own there, and
 * has mail for it: frames of the kinds {@linkcode JOBS} and {@linkcode JOB_MAIL}.
 *
 * @module
 */

import type { Reader } from "../../codec/reader.ts";
import { perRealm } from "../../sync/thread/realm.ts";
import type { TaskCells } from "../../sync/mail/task_cells.ts";
import type { Desk } from "../desk/desk.ts";
import type { Fabric } from "../fabric/fabric.ts";
import type { FunctionStore } from "../functions/function_store.ts";
import type { Home } from "../local/home.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { Peer } from "../mailbox/peer.ts";
import type { Answers } from "./answers.ts";
import type { Strays } from "./strays.ts";

/** A worker, for what is hosted on it. */
export interface Hosting {
  /** Its index. */
  readonly worker: number;
  /** Where all threads are. */
  readonly fabric: Fabric;
  /** How it reaches them. */
  readonly mailbox: Mailbox;
  /** Answers who asks. */
  readonly answers: Answers;
  /** Gets the answers to what this worker asks. */
  readonly desk: Desk;
  /** The functions of the runtime. */
  readonly functions: FunctionStore;
  /** The cells of what a slot asks for. */
  readonly cellsOf: (slot: number) => TaskCells;
  /** Whose promises are rejected. */
  readonly strays: Strays;
  /** What the worker owns. */
  readonly home: Home;
  /**
   * Something runs that no task can help that is on the stack; to be called when it
   * has returned.
   */
  readonly enterStack: () => () => void;
}

/** Handles a frame. Calls `from.release()` once it has read it. */
export type ReceiveMail = (from: Peer, kind: number, frame: Reader) => void;

interface Here {
  hosting: Hosting | undefined;
  receive: ReceiveMail | undefined;
}

const here = perRealm<Here>("hosting", () => ({
  hosting: undefined,
  receive: undefined,
}));

/** This thread is a worker, for good. */
export function offerHosting(hosting: Hosting): void {
  here.hosting = hosting;
}

/** This worker; undefined: this thread is none. */
export function hostingHere(): Hosting | undefined {
  return here.hosting;
}

/** Who gets the mail of what is hosted here. */
export function receiveMailBy(receive: ReceiveMail): void {
  here.receive = receive;
}

/** Hands a frame on. Of what is not hosted here, it is dropped. */
export function receiveMail(from: Peer, kind: number, frame: Reader): void {
  here.receive?.(from, kind, frame);
}
