/**
 * The board: what each worker does, in a row of shared memory that only this worker writes
 * and everybody reads. So the picture of the machine costs no message.
 *
 * @module
 */

import { type Linked, linked, SharedStruct, struct } from "../../mod.ts";

/** A row of the board. */
export type Row = {
  /** Requests that were answered. */
  answered: "u32";
  /** Those of them that were refused: too many, or with a mistake. */
  refused: "u32";
  /** Those of them that came to an error. */
  failed: "u32";
  /** How long all of them took together, in ms. */
  time: "f64";
  /** Requests under way. */
  active: "u32";
  /** Reads of the database that are waited for. */
  reading: "u32";
  /** Orders that are not on the disk yet. */
  ordering: "u32";
  /** Pictures that are waited for, whoever draws them. */
  drawing: "u32";
  /** Pages that watch the machine. */
  watching: "u32";
};

/** What is waited for. */
export type Queue = "reading" | "ordering" | "drawing";

/** A row as it is at the moment. */
export type Figures = { readonly [K in keyof Row]: number };

const ROW = struct<Row>({
  answered: "u32",
  refused: "u32",
  failed: "u32",
  time: "f64",
  active: "u32",
  reading: "u32",
  ordering: "u32",
  drawing: "u32",
  watching: "u32",
});

/** The board, as the thread sees it that writes one of the rows. */
export class Board {
  readonly #rows: readonly SharedStruct<Row>[];
  readonly #own: Figures & SharedStruct<Row>["fields"];

  /** @param index The index of the worker; -1 for threads that are none. */
  constructor(rows: readonly SharedStruct<Row>[], index: number) {
    this.#rows = rows;
    this.#own = rows.at(index)!.fields;
    // What a lost worker has left under way is so no more.
    Object.assign(this.#own, {
      active: 0,
      reading: 0,
      ordering: 0,
      drawing: 0,
      watching: 0,
    });
  }

  /** Counts a request while it is under way, and what comes of it. */
  async request(answer: () => Promise<Response>): Promise<Response> {
    const row = this.#own;
    const start = performance.now();
    row.active++;
    let status = 500;
    try {
      const response = await answer();
      status = response.status;
      return response;
    } finally {
      row.active--;
      row.answered++;
      row.time += performance.now() - start;
      if (status >= 500) row.failed++;
      else if (status >= 400) row.refused++;
    }
  }

  /** Counts what is waited for. */
  async wait<T>(queue: Queue, work: Promise<T>): Promise<T> {
    this.#own[queue]++;
    try {
      return await work;
    } finally {
      this.#own[queue]--;
    }
  }

  /** Counts pages that watch: one more, or one less. */
  watch(difference: 1 | -1): void {
    this.#own.watching += difference;
  }

  /** The rows of so many workers. */
  read(workers: number): Figures[] {
    return this.#rows.slice(0, workers).map((row) => row.read());
  }
}

/** The family. */
export const board: Linked<Board> = linked(import.meta.url, "board", {
  // A row for each worker that there can be, and one for all other threads.
  shared: () => ({
    rows: Array.from(
      { length: navigator.hardwareConcurrency + 1 },
      () => new SharedStruct(ROW),
    ),
  }),
  create: ({ rows }, { siblings }) => new Board(rows, siblings.index),
});
