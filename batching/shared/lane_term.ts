/**
 * Finding the worker that has a lane now, and which tasks were lost with the former
 * one.
 *
 * @module
 */

import type { Remote } from "../../linked/remote.ts";
import type { ThreadId } from "../../sync/thread/thread.ts";
import { WorkerLostError } from "../../workers/errors.ts";
import type { QueueHost } from "./queue_host.ts";
import type { SharedQueue } from "./shared_queue.ts";

/** How many workers, one after the other, may be lost before they have begun a term. */
const MOST_ATTEMPTS = 3;

/** What is looked for. */
export interface Search {
  /** The worker of the lane, whichever that is. */
  readonly host: () => Remote<QueueHost>;
  readonly queue: SharedQueue;
  /** The number of the queue, and of the lane. */
  readonly id: number;
  readonly lane: number;
  /** Who asks. */
  readonly thread: ThreadId;
  /** Its tickets that have no answer. */
  readonly tickets: () => number[];
}

/** What was found. */
export interface Found {
  /** The term of the lane. */
  readonly term: number;
  /** Tickets that nobody will answer. */
  readonly lost: number[];
}

/**
 * Begins a term, or finds the one that there is.
 *
 * @throws Why no worker will have the lane.
 */
export async function findTerm(search: Search): Promise<Found> {
  const { host, queue, id, lane, thread } = search;
  for (let attempts = 1;; attempts++) {
    try {
      const term = await host().open(queue, lane);
      const tickets = search.tickets();
      const asked = Int32Array.from(tickets);
      const kept = await host().kept(id, lane, term, thread, asked);
      if (kept === null) continue; // it was lost meanwhile
      const there = new Set(kept);
      return { term, lost: tickets.filter((ticket) => !there.has(ticket)) };
    } catch (error) {
      if (!(error instanceof WorkerLostError)) throw error;
      if (attempts >= MOST_ATTEMPTS) throw error;
    }
  }
}
