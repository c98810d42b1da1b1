/**
 * The family `echo`: the least that a call can do.
 *
 * @module
 */

import { type Linked, linked } from "../../mod.ts";

/** Answers. */
export class Echo {
  /** The next number. */
  increment(x: number): number {
    return x + 1;
  }
}

/** The family. */
export const echo: Linked<Echo> = linked(import.meta.url, "echo", {
  create: () => new Echo(),
});
