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
import type { ThreadId } from "../../sync/thread/thread.ts";
import { Deadline } from "../../sync/thread/timeout.ts";
import { QueueFullError } from "../../workers/errors.ts";
import { closedError } from "../refusals.ts";
import {
  ANYBODY,
  CONTENT,
  IS_TRY,
  JOB,
  lifeAsked,
  OPENS,
  PLACE,
} from "./job_frame.ts";
import { type Content, NextOwner } from "./next_owner.ts";
import { closePlace, lastPlace, nextPlace, openPlace } from "./open_places.ts";
import type { OwnerLink } from "./owner_link.ts";
import type { Rebuilding } from "./rebuilding.ts";
import type { RemoteCall } from "./remote_call.ts";

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

/** Whom something was asked of: the owner, or one that is still to be made. */
export type AskedOf = ThreadId | NextOwner;

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
   * @returns Who that is; or who is going to be, if there is none.
   * @throws {TypeError} If an argument cannot be sent.
   * @throws {WorkerLostError} If the owner is lost, and there is to be no other one.
   * @throws {QueueFullError} If there is no room.
   * @throws {DesyncClosedError} If the queue is closed.
   */
  ask(asked: Asked, body?: Body): AskedOf {
    const slot = this.#link.enter();
    return slot < 0
      ? this.#ask(slot, asked, body)
      : this.#askThere(slot, asked, body);
  }

  /**
   * The same, but only of an owner that is there.
   *
   * @returns Whether there is one.
   */
  askOwner(asked: Asked, body?: Body): boolean {
    const slot = this.#link.enter();
    if (slot < 0) return false;
    this.#askThere(slot, asked, body);
    return true;
  }

  #askThere(slot: number, asked: Asked, body?: Body): AskedOf {
    try {
      return this.#ask(slot, asked, body);
    } finally {
      this.#link.queue.leave();
    }
  }

  /** @param slot That of the owner; or of whom is asked, as of `OwnerLink.enter()`. */
  #ask(slot: number, asked: Asked, body?: Body): AskedOf {
    const link = this.#link;
    const { parts, queue } = link;
    const { desk, mailbox, injection } = parts;
    const isOwned = slot >= 0;
    const owner = isOwned ? parts.directory.threadOf(link.plan.worker) : slot;
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
      out.word(owner);
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
      } else if (!isOwned && call !== undefined) {
        out.drop();
        return this.#askToOpen(slot, asked);
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
    if (!isOwned) return new NextOwner(link, this.#rebuilding, lifeAsked(slot));
    link.call(slot);
    return owner;
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
  #askApart(slot: number, asked: Asked, out: Writer): AskedOf {
    const link = this.#link;
    const content = out.detach();
    try {
      if (slot < 0) {
        return this.#askNext(slot, asked, {
          send: (head) => link.send(CONTENT, head, content),
          drop: () => content.drop(),
        });
      }
      const place = nextPlace();
      const kind = (asked.kind & IS_TRY) | PLACE;
      const to = this.#ask(slot, { ...asked, kind, place }) as ThreadId;
      link.send(CONTENT, { number: place, to }, content);
      return to;
    } catch (error) {
      content.drop();
      throw error;
    }
  }

  /** Asks for a place of which nobody is left, or there yet, who could be told who waits. */
  #askToOpen(slot: number, asked: Asked): AskedOf {
    const { place = 0, kind } = asked;
    const link = this.#link;
    return this.#askNext(slot, asked, {
      send: (head) => link.mail(OPENS, { ...head, inner: { place, kind } }),
      drop: () => {},
    });
  }

  /** Takes a place for what is sent as soon as the object is made again. */
  #askNext(slot: number, { call }: Asked, content: Content): NextOwner {
    const { key } = this.#link.plan;
    const place = openPlace(key);
    let next: NextOwner;
    try {
      next = this.#ask(slot, { kind: PLACE, place }) as NextOwner;
    } catch (error) {
      closePlace(key, place);
      throw error;
    }
    next.send(place, call, content);
    return next;
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
