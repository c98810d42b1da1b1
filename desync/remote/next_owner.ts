/**
 * An owner that is still to be made, as a thread sees it that asks it for something.
 *
 * @module
 */

import type { ThreadId } from "../../sync/thread/thread.ts";
import type { Life } from "./host_object.ts";
import { LIFT, NOBODY } from "./job_frame.ts";
import { closePlace } from "./open_places.ts";
import type { MailHead, OwnerLink } from "./owner_link.ts";
import type { Rebuilding } from "./rebuilding.ts";
import type { RemoteCall } from "./remote_call.ts";
import { ENDED } from "./shared_queue.ts";

/** What belongs to a place, and is sent by itself. */
export interface Content {
  /** Sends it. */
  readonly send: (head: MailHead) => void;
  /** It is not sent. */
  readonly drop: () => void;
}

/**
 * The owner of one life of an object, which has not begun. What is asked of it is for no
 * other one: if it is lost, or there was another one in between, who waits is told so.
 */
export class NextOwner {
  /** Its thread, once it was told what was asked of it. */
  thread: ThreadId = NOBODY;
  /** Settles when it is there; or when it is lost, without a thread then. */
  whenThere: Promise<void> = Promise.resolve();
  readonly #link: OwnerLink;
  readonly #rebuilding: Rebuilding;
  readonly #life: number;

  /** @param life Which one it is. */
  constructor(link: OwnerLink, rebuilding: Rebuilding, life: number) {
    this.#link = link;
    this.#rebuilding = rebuilding;
    this.#life = life;
  }

  /**
   * Sends what belongs to a place as soon as there is somebody to whom.
   *
   * @param call Who waits for it. If it waits no more, nothing runs there.
   */
  send(place: number, call: RemoteCall | undefined, content: Content): void {
    this.whenThere = this.#send(place, call, content);
  }

  async #send(
    place: number,
    call: RemoteCall | undefined,
    content: Content,
  ): Promise<void> {
    const link = this.#link;
    try {
      const { life, thread } = await this.#made()
        .finally(() => closePlace(link.plan.key, place));
      // Else that place may be gone with another one.
      const slot = life === this.#life ? link.slotOf(thread) : -1;
      if (slot < 0) throw this.#rebuilding.lossOf("it was lost again");
      if (call?.isSettled) {
        content.drop();
        return link.mail(LIFT, { number: place, to: thread });
      }
      const send = (asked: number) =>
        content.send({ number: place, asked, to: thread });
      if (call === undefined) send(0);
      else this.#sendFor(call, slot, send);
      this.thread = thread;
    } catch (error) {
      content.drop();
      void this.#leaveEmpty(place);
      call?.reject(error);
    }
  }

  /** From now on the answer is expected from a thread, or that is lost. */
  #sendFor(
    call: RemoteCall,
    slot: number,
    send: (asked: number) => void,
  ): void {
    const { desk, injection } = this.#link.parts;
    const asked = call.number = desk.enter(call, slot);
    injection.cells.beginBound(asked);
    try {
      send(asked);
    } catch (error) {
      call.number = 0;
      desk.leave(asked, slot);
      throw error;
    }
  }

  /** That life, or a later one. */
  async #made(): Promise<Life> {
    const rebuilding = this.#rebuilding;
    for (;;) {
      const made = await rebuilding.made!;
      if (made.life >= this.#life) return made;
      // What was waited for was there, and was lost, before this was asked for.
      rebuilding.begin();
    }
  }

  /** Tells the owner that nothing comes for a place, as soon as it is there. */
  async #leaveEmpty(place: number): Promise<void> {
    const { queue } = this.#link;
    for (;;) {
      const { life } = queue;
      if (life > this.#life || queue.phase === ENDED) return;
      if (life === this.#life) break;
      await queue.lifeChanged(life);
    }
    this.#link.mail(LIFT, { number: place, to: queue.owner });
  }
}
