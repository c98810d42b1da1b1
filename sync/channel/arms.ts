/**
 * What `select` needs of ends, and nobody else.
 *
 * @module
 */

import type { ReceiverArm, SenderArm } from "./flavor.ts";

const receivers = new WeakMap<object, ReceiverArm<unknown>>();
const senders = new WeakMap<object, SenderArm<unknown>>();

/** Says how a receiver is selected. Each class of receivers does it in its constructor. */
export function setReceiverArm<T>(receiver: object, arm: ReceiverArm<T>): void {
  receivers.set(receiver, arm);
}

/** How a receiver is selected; `undefined` if it is none. */
export function receiverArmOf<T>(
  receiver: object,
): ReceiverArm<T> | undefined {
  return receivers.get(receiver) as ReceiverArm<T> | undefined;
}

/** Says how a sender is selected. */
export function setSenderArm<T>(sender: object, arm: SenderArm<T>): void {
  senders.set(sender, arm as SenderArm<unknown>);
}

/** How a sender is selected; `undefined` if it is none. */
export function senderArmOf<T>(sender: object): SenderArm<T> | undefined {
  return senders.get(sender) as SenderArm<T> | undefined;
}
