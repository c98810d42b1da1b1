import type { Runtime } from "../../../mod.ts";
import type { Pool } from "./pool.ts";

/** Something that one thread does by a loop, and several threads do together. */
export interface Question {
  readonly name: string;
  /** What is done, and with how much. */
  readonly note: string;
  /** How one thread does it. */
  alone(): unknown;
  /** How ours do it, by the name of the subject. */
  readonly ours: Readonly<
    Record<string, (runtime: Runtime) => Promise<unknown>>
  >;
  /** How the workers of a pool do it. */
  pooled(pool: Pool): Promise<unknown>;
  /** What each of ours may take, beside one thread. */
  readonly atMost: number;
}

/** Cuts indices into as many parts, which are as long. */
export function ranges(
  length: number,
  parts: number,
): [from: number, to: number][] {
  const edge = (part: number) => Math.floor(part * length / parts);
  return Array.from(
    { length: parts },
    (_, part) => [edge(part), edge(part + 1)],
  );
}
