/**
 * What became of requests, by what both sides know.
 *
 * @module
 */

import type { Load, Outcome } from "../../../bench/load/load.ts";
import type { Witness } from "./fault_server.ts";

/** Each request that was sent is one of those that follow, but connections that were refused sent none. */
export interface Figures {
  readonly sent: number;
  /** The answer came as a whole. */
  readonly answered: number;
  /** Connections that found nobody who listens. */
  readonly refused: number;
  /** The connection ended, and no handler had seen the request. */
  readonly reset: number;
  /** The same where the handler's thread ended, too. */
  readonly died: number;
  /** A handler had seen it, or nothing came in time, though its thread lives. */
  readonly lost: number;
}

/** What is known besides. */
export interface FiguresOptions {
  /** What the server saw, by the numbers of requests. */
  readonly seen: ReadonlyMap<number, Witness>;
  /** The threads that ended before the server did. */
  readonly dead?: ReadonlySet<string>;
}

/** What became of the requests of a load. */
export function figuresOf(
  { outcomes, refused }: Pick<Load, "outcomes" | "refused">,
  { seen, dead = new Set() }: FiguresOptions,
): Figures {
  const counts = { answered: 0, reset: 0, died: 0, lost: 0 };
  for (const [id, outcome] of outcomes) {
    counts[fateOf(outcome, seen.get(id), dead)]++;
  }
  return { sent: outcomes.size, refused, ...counts };
}

function fateOf(
  outcome: Outcome,
  witness: Witness | undefined,
  dead: ReadonlySet<string>,
): "answered" | "reset" | "died" | "lost" {
  if (outcome === "answered") return "answered";
  if (witness !== undefined && dead.has(witness.thread)) return "died";
  return outcome === "reset" && witness === undefined ? "reset" : "lost";
}
