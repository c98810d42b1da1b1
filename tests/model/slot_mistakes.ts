/**
 * Mistakes in the slots of records, which a queue and a channel have in common.
 *
 * @module
 */

import type { Edit } from "./explorer/mutant.ts";

/** Edits of `sync/queue/record_slots.ts`, each with what the checker says of it. */
export const SLOT_MISTAKES: Readonly<
  Record<
    "claimedByStore" | "writtenLate" | "freedForSameLap" | "endless",
    Edit
  >
> = {
  /** A slot is claimed by load and store: a data race. */
  claimedByStore: [
    "const seen = Atomics.compareExchange(words, at, stamp, this.#claim);",
    "const seen = Atomics.load(words, at);\n      if (seen === stamp) Atomics.store(words, at, this.#claim);",
  ],
  /** A record is written after its stamp: a data race. */
  writtenLate: [
    "        this.#records.write(at + RECORD, value);\n        words[at + DRAFT] = full(tail);\n        // From here on the record is in its slot.\n        Atomics.store(words, at, full(tail));",
    "        words[at + DRAFT] = full(tail);\n        Atomics.store(words, at, full(tail));\n        this.#records.write(at + RECORD, value);",
  ],
  /** A slot is freed for the same lap: one alone finds no end in it. */
  freedForSameLap: [
    "const next = free(head + this.#count);",
    "const next = free(head);",
  ],
  /** Stamps do not wrap: who comes to one that does finds no end. */
  endless: [
    "return (position << 1) & 0x7fffffff;",
    "return 2 * position;",
  ],
};
