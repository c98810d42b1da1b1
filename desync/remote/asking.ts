/**
 * Asking for what is to be done in the line of an object elsewhere.
 *
 * @module
 */

import { encodeArguments } from "../../codec/encode.ts";
import type { Writer } from "../../codec/writer.ts";
import { FULL, PUSHED, type Pushed } from "../../sync/channel/flavor.ts";
import type { ThreadCallbacks } from "../../workers/callbacks/thread_callbacks.ts";
import { encodeGiven } from "../../workers/desk/encode_given.ts";
import { Deadline } from "../../sync/thread/timeout.ts";
import { QueueFullError } from "../../workers/errors.ts";
import { closedError } from "../refusals.ts";
import {
  ANYBODY,
  CONTENT,
  IS_TRY,
  JOB,
  LIFT,
  NOBODY,
  PLACE,
} from "./job_frame.ts";
import { closePlace, lastPlace, nextPlace, openPlace } from "./open_places.ts";
import type { OwnerLink } from "./owner_link.ts";
import type { Rebuilding } from "./rebuilding.ts";
import type { RemoteCall } from "./remote_call.ts";
import { ENDED } from "./shared_queue.ts";

/** What is longer, in bytes, does not go through the queue. */
const LONGEST = 1 << 16;

/** How long others take at most to ask, in ms; who takes longer was lost meanwhile. */
const TIME_TO_ASK = 1;

/** What is asked for, besides a function and its arguments. */
export interface Asked {
  /** What it is. */
  readonly kind: number;
  /** Who waits for it here. */
  readonly call?: RemoteCall | undefined;
  /** Its place, if what runs there is sent by itself. */
  readonly place?: number;
  /** How many frames there were before it, where that matters. */
  readonly before?: number;
}

/** A function by its number, and what it gets. */
export interface Body {
  readonly fn: number;
  readonly args: readonly unknown[];
}

/** Asks an owner, or who is going to be the owner. */
export class Asking {
  readonly #link: OwnerLink;
  readonly #rebuilding: Rebuilding;
  readonly #label: string;
  readonly #longest: number;

  /** @param label How errors call a job. */
  constructor(link: OwnerLink, rebuilding: Rebuilding, label: string) {
    this.#link = link;
    this.#rebuilding = rebuilding;
    this.#label = label;
    this.#longest = Math.min(LONGEST, link.plan.reserve / 4);
  }

  /**
   * Puts a job into the queue for whose result nobody waits: what is asked for most.
   *
   * @param slot That of the owner.
   * @returns Whether it was there until then; if not, the next one has to be made, as
   * whoever goes says that it rests before it looks for the last time.
   * @throws As {@linkcode ask}.
   */
  job(slot: number, fn: number, args: readonly unknown[]): boolean {
    const { parts: { desk, mailbox }, queue } = this.#link;
    const out = desk.scratch.take();
    try {
      out.word(mailbox.slot);
      out.word(mailbox.generation);
      out.word(ANYBODY);
      out.word(0);
      out.word(JOB);
      out.word(0);
      out.word(0);
      out.word(fn);
      encodeArguments(out, args);
      if (out.hasAttachments || out.byteLength > this.#longest) {
        out.drop();
        this.ask({ kind: JOB }, { fn, args });
        return true;
      }
      const pushed = queue.push(out);
      if (pushed !== PUSHED) throw this.#refusal(pushed);
      out.sent();
    } catch (error) {
      out.drop();
      throw error;
    } finally {
      desk.scratch.give(out);
    }
    return this.#link.call(slot);
  }

  /**
   * Puts something into the queue, and calls the owner.
   *
   * @throws {TypeError} If an argument cannot be sent.
   * @throws {WorkerLostError} If the owner is lost, and there is to be no other one.
   * @throws {QueueFullError} If there is no room.
   * @throws {DesyncClosedError} If the queue is closed.
   */
  ask(asked: Asked, body?: Body): void {
    if (!this.askOwner(asked, body)) this.#ask(-1, asked, body);
  }

  /**
   * The same, but only of an owner that is there.
   *
   * @returns Whether there is one.
   */
  askOwner(asked: Asked, body?: Body): boolean {
    const slot = this.#link.enter();
    if (slot < 0) return false;
    try {
      this.#ask(slot, asked, body);
      return true;
    } finally {
      this.#link.queue.leave();
    }
  }

  #ask(slot: number, asked: Asked, body?: Body): void {
    const link = this.#link;
    const { parts, queue } = link;
    const { desk, mailbox, injection } = parts;
    const isOwned = slot >= 0;
    if (!isOwned) {
      this.#rebuilding.begin();
      // It stands behind what others are just asking of the former owner.
      const deadline = new Deadline(TIME_TO_ASK);
      while (!queue.isLeftAlone && !deadline.passed);
    }
    const { call, place = 0, before = 0 } = asked;
    if (call !== undefined && call.place === 0) call.place = lastPlace();
    const out = desk.scratch.take();
    try {
      out.word(mailbox.slot);
      out.word(mailbox.generation);
      out.word(isOwned ? parts.directory.threadOf(link.plan.worker) : NOBODY);
      out.word(0);
      out.word(asked.kind);
      out.word(place);
      out.word(before);
      if (body !== undefined) {
        writeBody(out, body, call && { call, callbacks: desk.callbacks });
        // What cannot stand there, or has nobody yet who could be told that it waits.
        if (
          out.hasAttachments || out.byteLength > this.#longest ||
          (!isOwned && call !== undefined)
        ) return this.#askApart(slot, asked, out);
      }
      if (call !== undefined && isOwned) {
        call.number = out.words[3] = desk.enter(call, slot);
        injection.cells.beginBound(call.number);
      }
      this.#push(out, call, slot);
    } catch (error) {
      out.drop();
      throw error;
    } finally {
      desk.scratch.give(out);
    }
    if (isOwned) link.call(slot);
  }

  #push(out: Writer, call: RemoteCall | undefined, slot: number): void {
    const { queue, parts } = this.#link;
    const pushed = queue.push(out);
    if (pushed === PUSHED) return out.sent();
    if (call !== undefined && call.number !== 0) {
      parts.desk.leave(call.number, slot);
      call.number = 0;
    }
    throw this.#refusal(pushed);
  }

  #refusal(pushed: Pushed): Error {
    return pushed === FULL
      ? new QueueFullError(this.#label, this.#link.queue.size)
      : closedError();
  }

  /** Takes a place in the queue for what was written, and sends that by itself. */
  #askApart(slot: number, asked: Asked, out: Writer): void {
    const link = this.#link;
    const isOwned = slot >= 0;
    const { key } = link.plan;
    const place = isOwned ? nextPlace() : openPlace(key);
    const { call } = asked;
    const kind = (asked.kind & IS_TRY) | PLACE;
    const content = out.detach();
    try {
      this.#ask(slot, isOwned ? { ...asked, kind, place } : { kind, place });
    } catch (error) {
      closePlace(key, place);
      content.drop();
      throw error;
    }
    if (isOwned) return link.send(CONTENT, { number: place }, content);
    this.#rebuilding.made!.finally(() => closePlace(key, place)).then(() => {
      const { desk, injection } = link.parts;
      if (link.slot < 0) throw this.#rebuilding.lossOf("it was lost again");
      let asked = 0;
      if (call !== undefined && !call.isSettled) {
        // Only now is there somebody from whom the answer is expected.
        asked = call.number = desk.enter(call, link.slot);
        injection.cells.beginBound(asked);
      }
      link.send(CONTENT, { number: place, asked }, content);
    }).catch((error) => {
      content.drop();
      void this.#leaveEmpty(place);
      call?.reject(error);
    });
  }

  /** Tells whoever is made next that nothing comes for a place, which may still stand there. */
  async #leaveEmpty(place: number): Promise<void> {
    const link = this.#link;
    const { queue, parts } = link;
    for (;;) {
      const { owner, phase } = queue;
      if (parts.desk.closed || phase === ENDED) return;
      if (link.slot >= 0) return link.mail(LIFT, { number: place });
      await queue.ownerChanged(owner);
    }
  }
}

/** Who may call back: whoever runs what somebody waits for, until that is over. */
export interface Given {
  /** What is waited for. */
  readonly call: RemoteCall;
  /** The callbacks of this thread. */
  readonly callbacks: ThreadCallbacks;
}

/**
 * Writes what stands behind the head of a frame.
 *
 * @param given Undefined: callbacks among the arguments are refused.
 */
export function writeBody(
  out: Writer,
  { fn, args }: Body,
  given: Given | undefined,
): void {
  out.word(fn);
  if (given === undefined) return encodeArguments(out, args);
  const { call, callbacks } = given;
  call.takeBack = encodeGiven(callbacks, call, out, args);
  if (call.isSettled) call.takeBack?.(); // nobody waits for it any more
}
