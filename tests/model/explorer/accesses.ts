/**
 * What a thread does to shared memory: atomic operations, in front of which it
 * pauses, and plain accesses, which it does at once.
 *
 * @module
 */

import type { Machine } from "./machine.ts";
import { Failure } from "./model_error.ts";
import { type Kind, Pause, show, siteOf } from "./operation.ts";
import { PLAIN_READ, PLAIN_WRITE, type Race } from "./races.ts";
import type { Run } from "./run.ts";
import {
  type Cell,
  elementName,
  type Native,
  type SharedBuffer,
  type View,
  type Word,
} from "./shared_memory.ts";
import { PLAIN } from "./thread_state.ts";
import type { PlainAccess } from "./views.ts";

/** Kinds of operations, by their code in the log. */
const CODES: readonly Kind[] = [
  "load",
  "store",
  "add",
  "sub",
  "and",
  "or",
  "xor",
  "exchange",
  "compareExchange",
  "wait",
  "waitAsync",
  "notify",
  "abort",
];

/** What {@linkcode Accesses.operate} returns to the test's own code. */
export const OUTSIDE: unique symbol = Symbol("outside");

const KIND_NAMES = ["reads", "writes", "loads", "stores to"];

/** The accesses of all threads of a machine. */
export class Accesses implements PlainAccess {
  readonly #machine: Machine;
  readonly #signals = new Map<string, Cell>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** The result of an atomic operation of a model thread. */
  operate(
    kind: Kind,
    view: View,
    index: number,
    a: Word,
    b: Word,
    timeout: number,
  ): unknown {
    const run = this.#machine.owner();
    if (!run) return OUTSIDE;
    if (run.stop !== undefined) throw run.stop;
    const cell = view.cells[index] ?? this.#machine.memory.cell(view, index);
    if (!cell) {
      throw run.stop = new Failure(
        "unsupported",
        `T${run.index} uses ${elementName(view, index)} as part of an ` +
          "atomic of another size",
      );
    }
    return this.#replayOrPause(run, kind, cell, a, b, timeout);
  }

  /** Aborts the signals of a name. */
  post(name: string): void {
    const run = this.#machine.owner();
    if (!run) throw new TypeError("Cannot abort outside a model thread");
    if (run.stop !== undefined) throw run.stop;
    let cell = this.#signals.get(name);
    if (!cell) {
      const native = new Int32Array(new SharedArrayBuffer(4));
      const { memory } = this.#machine;
      cell = {
        ...memory.cell(memory.register(native, native), 0)!,
        name: `"${name}"`,
      };
      this.#signals.set(name, cell);
    }
    this.#replayOrPause(run, "abort", cell, 0, 0, Infinity);
  }

  #replayOrPause(
    run: Run,
    kind: Kind,
    cell: Cell,
    a: Word,
    b: Word,
    timeout: number,
  ): unknown {
    const machine = this.#machine;
    const { log } = machine.threads[run.index]!;
    if (run.cursor < log.length) {
      const id = cell.id * 16 + CODES.indexOf(kind);
      const result = machine.replay(run, log, id);
      if (kind !== "waitAsync") return result;
      return typeof result === "number"
        ? run.promise(result)
        : { async: false, value: result };
    }
    if (kind === "waitAsync") machine.usesLoop(run.index);
    const site = machine.trace ? siteOf(new Error().stack) : "";
    throw run.stop = new Pause({ kind, cell, a, b, timeout, site });
  }

  /** The log entry of an operation that a thread has done. */
  record(thread: number, kind: Kind, cell: Cell, result: unknown): void {
    const { threads, step } = this.#machine;
    const id = cell.id * 16 + CODES.indexOf(kind);
    threads[thread]!.log.push(id, result, step);
  }

  read(view: View, index: number): Word {
    return this.#plain(view, index, 1, false, () => view.native[index]!);
  }

  readAll(view: View): Native {
    const { length } = view.native;
    const copy = this.#plain(
      view,
      0,
      length,
      false,
      // A fresh array for the log: programs may change what they are given.
      () => view.native.slice(),
    );
    return copy.slice() as unknown as Native;
  }

  write(view: View, index: number, value: Word): void {
    this.#plain(view, index, 1, true, () => {
      this.#machine.journal.set(view.native, index, value);
    }, value);
  }

  writeAll(view: View, index: number, values: ArrayLike<Word>): void {
    this.#plain(view, index, values.length, true, () => {
      for (let i = 0; i < values.length; i++) {
        this.#machine.journal.set(view.native, index + i, values[i]);
      }
    });
  }

  #plain<T>(
    view: View,
    index: number,
    count: number,
    writes: boolean,
    access: () => T,
    value?: Word,
  ): T {
    const machine = this.#machine;
    const run = machine.owner();
    if (!run) return access();
    if (run.stop !== undefined) throw run.stop;
    const { native, buffer } = view;
    const width = native.BYTES_PER_ELEMENT;
    const offset = native.byteOffset + index * width;
    const code = PLAIN - (offset * 2 + Number(writes)) - buffer.id * 2 ** 36;
    const state = machine.threads[run.index]!;
    if (run.cursor < state.log.length) {
      return machine.replay(run, state.log, code) as T;
    }
    let text = "";
    if (machine.trace) {
      const last = count > 1
        ? ` to ${elementName(view, index + count - 1)}`
        : "";
      text =
        `${writes ? "writes" : "reads"} ${elementName(view, index)}${last}` +
        (value === undefined ? "" : ` = ${show(value)}`) +
        siteOf(new Error().stack);
      machine.trace.push(`T${run.index}   ${text}`);
    }
    const kind = writes ? PLAIN_WRITE : PLAIN_READ;
    const { index: thread } = run;
    const race = this.race(thread, offset, buffer, count * width, kind, text);
    if (race) throw run.stop = race;
    const result = access();
    state.log.push(code, result, machine.step);
    run.cursor++;
    return result;
  }

  /** Notes an access; what is wrong if it races. */
  race(
    thread: number,
    offset: number,
    buffer: SharedBuffer,
    bytes: number,
    kind: number,
    text: string,
  ): Failure | undefined {
    const { races, threads, trace } = this.#machine;
    const { clock } = threads[thread]!;
    const race = races.access(thread, clock, buffer, offset, bytes, kind);
    if (race) {
      const place = `byte ${race.byte} of buffer ${buffer.id}`;
      const other = trace && this.#earlier(race.thread, buffer, race);
      return new Failure(
        "data race",
        `T${thread} ${text || `${KIND_NAMES[kind]} ${place}`}, not ordered ` +
          `after T${race.thread} ${
            other ?? `${KIND_NAMES[race.kind]} ${place}`
          }`,
      );
    }
    if (trace) this.#sites.push({ thread, buffer, offset, bytes, kind, text });
    return undefined;
  }

  /** Accesses of a traced run. */
  readonly #sites: {
    readonly thread: number;
    readonly buffer: SharedBuffer;
    readonly offset: number;
    readonly bytes: number;
    readonly kind: number;
    readonly text: string;
  }[] = [];

  #earlier(thread: number, buffer: SharedBuffer, { byte, kind }: Race) {
    return this.#sites.findLast((site) =>
      site.thread === thread && site.buffer === buffer && site.kind === kind &&
      site.offset <= byte && byte < site.offset + site.bytes
    )?.text;
  }
}
