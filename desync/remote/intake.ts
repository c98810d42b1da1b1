/**
 * What an owner takes from the queue of its object: frames, and the steps they ask for.
 *
 * @module
 */

import type { Reader } from "../../codec/reader.ts";
import { currentThread } from "../../sync/thread/thread.ts";
import type { Hosting } from "../../workers/host/hosting.ts";
import {
  type AskedStep,
  BusyStep,
  HostedStep,
  SentJob,
} from "./hosted_step.ts";
import { JobAsker } from "./job_asker.ts";
import {
  CLEAR,
  GATE,
  IS_TRY,
  JOB,
  KIND,
  lifeAsked,
  PLACE,
} from "./job_frame.ts";
import { GateStep, type PlaceHost, PlaceStep } from "./place_step.ts";
import type { SharedQueue } from "./shared_queue.ts";

/** Where frames come from. */
export interface IntakeOptions {
  /** The worker. */
  readonly hosting: Hosting;
  /** What was asked for. */
  readonly queue: SharedQueue;
  /** How often the object was made. */
  readonly life: number;
}

/** A line, as its steps and the frames that are none know it. */
export interface IntakeHost extends PlaceHost {
  /** Whether jobs are refused. */
  readonly isPoisoned: boolean;
  /** Jobs run again. */
  clearPoison(): void;
}

/** A frame that is no step: it was dealt with. */
const NOTHING = Symbol("no step");

/** The steps that an owner still takes. */
export class Intake {
  /** Whether it has taken all that it takes, and looks at the queue no more. */
  isDone = false;
  readonly #options: IntakeOptions;
  readonly #host: IntakeHost;
  readonly #me = currentThread().id;
  /** How many frames it still takes. */
  #left = Infinity;
  /** The number of this life, if what was asked of a later one stays there; else 0. */
  #last = 0;

  constructor(options: IntakeOptions, host: IntakeHost) {
    this.#options = options;
    this.#host = host;
  }

  /** Takes so many frames from now on; the last ones, if what is for a later life stays. */
  limit(most: number, isLast: boolean): void {
    this.#left = most;
    this.#last = isLast ? this.#options.life : 0;
    this.isDone = false;
  }

  /** Whether it would take another frame, if there were one. */
  get wantsMore(): boolean {
    return this.#left > 0;
  }

  /** Says that the owner looks no more: see `SharedQueue`. */
  tryToRest(): boolean {
    return this.#options.queue.tryToRest(this.#last);
  }

  /** The next step; undefined if there is none, or it is not to be taken. */
  next(): AskedStep | undefined {
    while (this.#left > 0 && !this.isDone) {
      const next = this.#options.queue.pop(this.#read, this.#last);
      if (next === undefined) return undefined;
      this.#left--;
      if (next !== NOTHING) return next;
      this.#host.finished();
    }
    return undefined;
  }

  /** Drops what stands in the queue now, up to where its poison is cleared. */
  drop(refusal: () => unknown): void {
    const { queue } = this.#options;
    for (let left = queue.size; left > 0; left--) {
      const step = queue.pop(this.#read, this.#last);
      if (step === undefined) return;
      if (step !== NOTHING) step.dropped(refusal);
      else this.#host.finished();
      if (!this.#host.isPoisoned) return; // it was cleared there
    }
  }

  readonly #read = (frame: Reader): AskedStep | typeof NOTHING => {
    const { hosting, queue, life } = this.#options;
    const { mailbox, fabric } = hosting;
    const host = this.#host;
    const slot = frame.word();
    const generation = frame.word();
    const owner = frame.word();
    const number = frame.word();
    const kind = frame.word();
    const place = frame.word();
    const before = frame.word();
    // Who had asked another thread or life for it was told that that one is lost. And
    // what belongs to a place was sent to that one.
    const isMine = owner === this.#me || lifeAsked(owner) === life;
    if (!isMine && (number !== 0 || (kind & KIND) === PLACE)) return NOTHING;
    const isThere = fabric.generation(slot) === generation;
    const peer = isThere ? mailbox.renew(slot) : undefined;
    frame.context = peer && hosting.desk.callbacks.from(peer);
    const asker = new JobAsker(hosting, peer, number);
    const isTry = (kind & IS_TRY) !== 0;
    if (isTry && before !== queue.before) {
      host.places.ignore(peer, place);
      return new BusyStep(host, asker);
    }
    switch (kind & KIND) {
      case JOB: {
        const job = new SentJob(host.functions, frame);
        return new HostedStep(host, asker, job, isTry);
      }
      case PLACE:
        return new PlaceStep(host, asker, {
          place,
          kind,
          isUntold: lifeAsked(owner) > 0,
        });
      case GATE:
        return new GateStep(host, asker, place);
      case CLEAR:
        host.clearPoison();
        queue.clearPoison();
    }
    return NOTHING;
  };
}
