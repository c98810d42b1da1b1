/**
 * Calls of methods whose results nobody waits for.
 *
 * @module
 */

import type { ForwardedCall } from "../../linked/caller.ts";
import { QueueFullError, RuntimeClosedError } from "../errors.ts";
import { CALL } from "../mailbox/frame_kind.ts";
import type { CallObserver, Observation } from "../telemetry/call_observer.ts";
import type { Desk } from "./desk.ts";
import { encodeGiven } from "./encode_given.ts";
import { encodeMethod, type MethodOf, UNANSWERED } from "./method_call.ts";
import type { PendingCall } from "./pending_calls.ts";

/** The worker says when it has ended, and why if it failed. */
class ForwardCall implements PendingCall {
  readonly worker: number;
  readonly label: string;
  ticket: number | undefined = undefined;
  /** Who watches it, if anybody does. */
  observation: Observation | undefined = undefined;
  /** Takes back the callbacks that it was given. */
  takeBack: (() => void) | undefined = undefined;
  readonly #onFailure: (error: unknown) => void;

  constructor(
    worker: number,
    label: string,
    onFailure: (error: unknown) => void,
  ) {
    this.worker = worker;
    this.label = label;
    this.#onFailure = onFailure;
  }

  resolve(): void {
    this.takeBack?.();
    this.observation?.done();
  }

  reject(reason: unknown): void {
    this.takeBack?.();
    this.observation?.failed(reason);
    // What that throws is not to end the reading of the mail.
    queueMicrotask(() => this.#onFailure(reason));
  }
}

/** The method of a family, and what forwarding has to know besides. */
export interface ForwardedMethod extends Omit<MethodOf, "worker"> {
  /** How errors call it: `family.method`. */
  readonly label: string;
  /** The name of its family. */
  readonly familyName: string;
  /** Watches it, if anybody wants that. */
  readonly observer: CallObserver;
  /** How many calls of this thread each worker may have. */
  readonly maxQueued: number;
}

/**
 * Calls a method of some instances, and waits for none of them.
 *
 * @throws {QueueFullError} If one of the workers has too many calls of this thread;
 * then none is called.
 * @throws {TypeError} If an argument cannot be sent.
 * @throws {RuntimeClosedError} If the runtime is closed.
 */
export function forwardMethod(
  desk: Desk,
  called: ForwardedMethod,
  { workers, args, onFailure }: ForwardedCall,
): void {
  const { label, maxQueued } = called;
  if (desk.closed) throw new RuntimeClosedError(`forward ${label}`);
  for (const worker of workers) {
    if (desk.loads.of(worker) >= maxQueued) {
      throw new QueueFullError(label, maxQueued);
    }
  }
  for (const worker of workers) {
    forwardTo(desk, called, new ForwardCall(worker, label, onFailure), args);
  }
}

function forwardTo(
  desk: Desk,
  { family, method, familyName, label, observer }: ForwardedMethod,
  call: ForwardCall,
  args: readonly unknown[],
): void {
  const { worker } = call;
  if (observer.active) {
    call.observation = observer.begin({
      family: familyName,
      method: label.slice(familyName.length + 1),
      worker,
    });
  }
  const out = desk.scratch.take();
  try {
    const unanswered = method | UNANSWERED;
    const { observation } = call;
    encodeMethod(
      out,
      { worker, family, method: unanswered },
      observation?.context,
    );
    call.takeBack = encodeGiven(desk.callbacks, call, out, args);
    desk.send(CALL, out, call);
  } catch (error) {
    call.takeBack?.();
    call.observation?.failed(error);
    throw error;
  } finally {
    desk.scratch.give(out);
  }
}
