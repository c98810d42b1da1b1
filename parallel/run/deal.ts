/**
 * Values that have to be encoded for other threads: they are dealt a few at a time.
 *
 * While others work on what they were dealt, this thread encodes the next values for
 * them, or works on values itself, which nobody encodes. So it also finds out whether
 * it is worth it: to encode a value may take as long as what is done with it.
 *
 * @module
 */

import { nextTurn } from "../../workers/life/next_turn.ts";
import type { RuntimeFace } from "../../workers/runtime/runtime_face.ts";
import { Claims } from "./claims.ts";
import type { Crew } from "./crew.ts";
import { Invited } from "./invited.ts";
import { type SentItems, sentItems, timeToEncode } from "./sent_items.ts";
import type { Share } from "./share.ts";
import { giveMemory, takeMemory } from "./spare_memory.ts";
import { append, type Job, runPiece, TURN, work } from "./work.ts";

/** How long a thread is busy with what it is dealt, in ms. */
const DEAL = 2;
/** So many values are encoded to find out how long that takes. */
const TRIED = 32;
/** The part of the time for a value that it may take to encode it. */
const WORTH_ENCODING = 0.5;
/** If it takes less than this part, all values are sent at once. */
const WORTH_DEALING = 0.05;

/** What is dealt, and to whom. */
export interface Table {
  readonly items: readonly unknown[];
  readonly crew: Crew;
  readonly signal: AbortSignal | undefined;
  /** Says what to do with some values. */
  share(items: SentItems, claims: Claims): Omit<Share, "helper">;
}

/** Some values for one other thread. */
interface Deal {
  /** The place at the table of that thread. */
  readonly seat: number;
  /** The indices of which nobody has taken the values. */
  readonly claims: Claims;
  readonly invited: Invited;
  /** Where the values are. */
  readonly memory: SharedArrayBuffer;
}

/** Whether values are dealt rather than sent all at once: if it takes long to encode one. */
export function isWorthDealing(
  items: readonly unknown[],
  at: number,
  perIndex: number,
): boolean {
  return encodingOne(items, at) > WORTH_DEALING * perIndex;
}

/** How long it takes to encode a value, in ms. */
function encodingOne(items: readonly unknown[], at: number): number {
  const first = timeToEncode(items, at, at + TRIED);
  // Then the engine has seen the code before.
  return Math.min(first, timeToEncode(items, at, at + TRIED)) / TRIED;
}

/**
 * Runs the rest of a plan.
 *
 * @param at The first index of it.
 * @param end The one behind the last.
 * @throws What the loop throws, once all threads have ended.
 */
export async function deal(
  job: Job,
  at: number,
  end: number,
  table: Table,
): Promise<void> {
  const { signal } = table;
  const deals: Deal[] = [];
  const endAll = () => {
    for (const { claims } of deals) claims.end();
  };
  signal?.addEventListener("abort", endAll);
  const errors: unknown[] = [];
  try {
    await dealAll(job, at, end, table, deals);
    // What lies before a result is looked at; what lies behind is not needed.
    const last = deals.findIndex(({ claims }) => claims.isEnded);
    const behind = last < 0 ? [] : deals.slice(last);
    for (const { claims } of behind) claims.end();
    for (const { claims } of deals) await work(job, claims);
  } catch (error) {
    errors.push(error);
    endAll();
  }
  signal?.removeEventListener("abort", endAll);
  for (const { invited, memory } of deals) {
    try {
      append(job.parts, await invited.end());
      giveMemory(memory);
    } catch (error) {
      errors.push(error);
      endAll();
    }
  }
  if (errors.length > 0) throw errors[0];
}

/** Deals values as long as others want some, and works on the next ones if not. */
async function dealAll(
  job: Job,
  at: number,
  end: number,
  { items, crew, signal, share }: Table,
  deals: Deal[],
): Promise<void> {
  const { pace } = job;
  let runtime: RuntimeFace | undefined;
  crew.whenThere((there) => runtime = there);
  /** Who sits where. */
  const players: number[] = [];
  let encoding = encodingOne(items, at);
  let turnEnds = pace.start() + TURN;
  let next = at;
  while (next < end && signal?.aborted !== true) {
    if (deals.some(({ claims }) => claims.isEnded)) return;
    const isWorthIt = encoding < WORTH_ENCODING * pace.perIndex;
    let time: number;
    const seat = freeSeat(deals, crew.size);
    if (runtime !== undefined && isWorthIt && seat >= 0) {
      const fair = (end - next) / (1 + crew.size);
      const count = Math.ceil(Math.min(DEAL / pace.perIndex, fair));
      const to = Math.min(next + Math.max(count, pace.least), end);
      const start = pace.start();
      const sent = sentItems(items, next, to, takeMemory);
      encoding = (pace.start() - start) / (to - next);
      const claims = Claims.make(next, to, 1);
      const invited = new Invited(claims);
      deals.push({ seat, claims, invited, memory: sent.words.buffer });
      // The same worker each time. The first one is none on the processor of this thread,
      // which would take its time, if there is another.
      const player = players[seat] ?? runtime.size;
      const workers = player < runtime.size
        ? runtime.on(player)
        : runtime.with({ placement: "least loaded" });
      invited.ask(workers, () => share(sent, claims));
      players[seat] = invited.worker ?? runtime.size;
      next = to;
      // What was sent leaves at the end of this turn of microtasks.
      await undefined;
      time = pace.start();
    } else {
      const to = Math.min(next + pace.size, end);
      if (runPiece(job, next, to)) return;
      time = pace.lap(to - next);
      next = to;
    }
    if (time < turnEnds) continue;
    await nextTurn();
    await takeBack(job, deals);
    if (!isWorthIt) encoding = encodingOne(items, next);
    turnEnds = pace.start() + TURN;
  }
}

/** Takes the results of what is done, so that others get its memory. */
async function takeBack(job: Job, deals: Deal[]): Promise<void> {
  for (let k = deals.length - 1; k >= 0; k--) {
    const { claims, invited, memory } = deals[k]!;
    if (claims.isEnded || !claims.hasBegun(0) || !invited.isDone) continue;
    deals.splice(k, 1);
    append(job.parts, await invited.end());
    giveMemory(memory);
  }
}

/** A seat whose thread has come for all that it was dealt; -1: there is none. */
function freeSeat(deals: readonly Deal[], seats: number): number {
  for (let seat = 0; seat < seats; seat++) {
    const hasCome = deals.every((deal) =>
      deal.seat !== seat || deal.claims.hasBegun(0)
    );
    if (hasCome) return seat;
  }
  return -1;
}
