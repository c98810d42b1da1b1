/**
 * Programs of threads that push to an injector and take from it.
 *
 * @module
 */

import { allocate } from "../../sync/memory/arena.ts";
import { FrameBatch } from "../../sync/mail/frame_batch.ts";
import {
  BUSY,
  DONE,
  Injector,
  injectorSize,
  NORMAL,
  type Priority,
  URGENT,
} from "../../sync/mail/injector.ts";
import type { SharedSlice } from "../../sync/memory/memory.ts";
import { privateWords } from "../../sync/memory/memory.ts";
import { TaskCells, taskCellsSize } from "../../sync/mail/task_cells.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import { crewOf, markLost } from "./program.ts";

/** The injector as it is, or with mistakes. */
export interface InjectorModule {
  /** Its class. */
  readonly Injector: typeof Injector;
}

/** Without mistakes. */
export const ORIGINAL: InjectorModule = { Injector };

/** An injector, and the cells of its owners. */
export interface Shared {
  /** The injector. */
  readonly injector: SharedSlice;
  /** The cells of each owner. */
  readonly cells: readonly SharedSlice[];
}

/** Frames of four words and more, in segments of eight: they cross their ends. */
const SHAPE = { reserve: [512, 512], segment: 32 } as const;
const PLACES = 16;
/** The tenant of each slot. */
export const TENANT = 7;

/** What a program of an injector starts with. */
export interface Start {
  /** How many frames there have been, for the lanes. */
  readonly start?: number;
  /** What is in the normal lane. */
  readonly normal?: readonly number[];
  /** What is in the urgent lane. */
  readonly urgent?: readonly number[];
}

let crew: CurrentThread[] = [];

/** The thread that sets up and checks. */
export const OBSERVER = 3;

/** This thread is that one of the crew from now on. */
export function enter(thread: number): void {
  becomeThread(crew[thread]!);
}

/** The id of a thread. */
export function idOf(thread: number): number {
  return crew[thread]!.id;
}

/** Marks a thread as lost. */
export function lose(thread: number): void {
  markLost(crew[thread]!);
}

/** Whether a thread was not lost. */
export function lives(thread: number): boolean {
  const { threads, id } = crew[thread]!;
  return threads.isLive(id);
}

/** Makes the threads; this one is the observer. */
export function makeCrew(): void {
  crew = crewOf(4);
  enter(OBSERVER);
}

/** An injector with some frames of slot 0, and the threads that will use it. */
export function injectorWith(
  { start = 0, normal = [], urgent = [] }: Start,
): Shared {
  makeCrew();
  const shared = {
    injector: allocate(injectorSize(SHAPE)),
    cells: [0, 1].map(() => allocate(taskCellsSize(PLACES))),
  };
  const user = new User(shared);
  user.injector.init(start);
  for (const slot of [0, 1]) user.cellsOf(slot).letTo(TENANT);
  user.push(NORMAL, normal);
  user.push(URGENT, urgent);
  return shared;
}

/** One thread at an injector. */
export class User {
  /** The injector. */
  readonly injector: Injector;
  /** Whether the last take waited for another thread in vain. */
  wasBusy = false;
  readonly #cells: readonly TaskCells[];
  readonly #batch = new FrameBatch();

  /** Attaches to an injector, by a class that may have mistakes. */
  constructor(shared: Shared, module: InjectorModule = ORIGINAL) {
    this.#cells = shared.cells.map((slice) => new TaskCells(slice, PLACES));
    this.injector = new module.Injector(
      shared.injector,
      (slot) => this.#cells[slot]!,
      SHAPE,
    );
  }

  /** The cells of an owner. */
  cellsOf(slot: number): TaskCells {
    return this.#cells[slot]!;
  }

  /** Pushes frames of slot 0 in one step. Returns how many found room. */
  push(
    priority: Priority,
    numbers: readonly number[],
    tenant: number = TENANT,
  ): number {
    this.#batch.clear();
    for (const number of numbers) {
      this.cellsOf(0).begin(number);
      this.#batch.add(frameOf(number, tenant), lengthOf(number));
    }
    return this.injector.push(priority, this.#batch);
  }

  /** Takes frames in one step: their numbers; nothing, too, if another thread is. */
  take(most: number = 1, takers: number = 1): number[] {
    const attempt = this.injector.take(this.#batch, { most, takers });
    this.wasBusy = attempt === BUSY;
    return attempt === DONE ? numbersIn(this.#batch) : [];
  }

  /** Takes all that is left. */
  drain(): number[] {
    const rest: number[] = [];
    while (this.injector.size > 0) rest.push(...this.take());
    return rest;
  }
}

/** The numbers of frames. Throws if one is not what was pushed. */
export function numbersIn(batch: FrameBatch): number[] {
  const numbers: number[] = [];
  while (batch.next()) {
    const at = batch.start >> 2;
    const number = batch.words[at + 2]!;
    const { words } = frameOf(number, batch.words[at + 1]!);
    const length = lengthOf(number);
    if (batch.length !== length) throw new Error(`cut: ${batch.length}`);
    for (let k = 0; k < length >> 2; k++) {
      if (batch.words[at + k] !== words[k]) throw new Error("torn");
    }
    numbers.push(number);
  }
  return numbers;
}

/** Some frames are longer than a segment. */
function lengthOf(number: number): number {
  return 12 + 8 * (number % 4);
}

function frameOf(number: number, tenant: number) {
  const words = privateWords(16).fill(number);
  words[0] = 0;
  words[1] = tenant;
  return { words, bytes: new Uint8Array(words.buffer) };
}
