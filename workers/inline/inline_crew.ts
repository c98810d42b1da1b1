/**
 * A crew without threads: its workers are turns of the calling thread's event
 * loop. Same order, same copies, same errors.
 *
 * @module
 */

import { callable, type Family } from "../../linked/family.ts";
import { forgetFamilies, knowFamilies } from "../../linked/known_families.ts";
import { type LocalFamily, stateOf } from "../../linked/local_family.ts";
import { LocalLines } from "../../linked/local_lines.ts";
import { methodsOf } from "../../linked/methods.ts";
import { checkSameMethods, signaturesOf } from "../../linked/signature.ts";
import type { Crew, WorkerReport } from "../crew/crew.ts";
import { methodTable } from "../host/outcome.ts";
import type { Patience } from "../life/patience.ts";
import type { Commons } from "../local/commons.ts";
import { closeHome } from "../local/current_home.ts";
import type { DisposeFailure } from "../local/dispose_error.ts";
import { Home } from "../local/home.ts";
import type { RuntimeFace } from "../runtime/runtime_face.ts";
import type { Stats } from "../stats/stats.ts";
import { InlineTasks } from "../tasks/inline_tasks.ts";
import type { CallObserver } from "../telemetry/call_observer.ts";
import { InlineCalls } from "./inline_calls.ts";
import {
  InlineCaller,
  type InlineInstance,
  type InlineWorkers,
} from "./inline_caller.ts";
import { InlineTurns } from "./inline_turns.ts";

interface Hosted extends InlineInstance {
  /** The family as this inline worker sees it. */
  readonly family: Family<object>;
}

/** A family on all inline workers. */
interface HostedFamily {
  readonly hosted: Hosted[];
  /** Makes the instance of one more worker. */
  readonly host: (worker: number) => Hosted;
  /** The family as the rest of the program sees it. */
  readonly family: Family<object>;
  /** What its instances have to say to each other. */
  readonly lines: LocalLines;
}

/** What an inline crew is told. */
export interface InlineCrewOptions {
  /** How many workers there are. */
  readonly size: number;
  /** How many tasks may wait for any worker, and for each one. */
  readonly maxQueued: number;
  /** Watches the calls, if anybody wants that. */
  readonly observer: CallObserver;
}

/** Instances on the calling thread. */
export class InlineCrew implements Crew {
  readonly tasks: InlineTasks;
  readonly #commons: Commons;
  readonly #id: string = `inline/${crypto.randomUUID()}`;
  readonly #turns: InlineTurns;
  readonly #calls: InlineCalls;
  readonly #workers: InlineWorkers;
  readonly #families: HostedFamily[] = [];

  /** Makes a crew of so many. */
  constructor(options: InlineCrewOptions, commons: Commons) {
    const { size } = options;
    this.#commons = commons;
    this.#turns = new InlineTurns(
      Array.from({ length: size }, (_, worker) => this.#newHome(worker)),
    );
    this.#calls = new InlineCalls(size);
    this.tasks = new InlineTasks(options, this.#turns, this.#calls);
    this.#workers = {
      ...options,
      turns: this.#turns,
      calls: this.#calls,
      tasks: this.tasks,
    };
    knowFamilies(this.#id, (number) => {
      const known = this.#families[number];
      const { current } = this.#turns;
      return current < 0 ? known?.family : known?.hosted[current]?.family;
    });
  }

  get size(): number {
    return this.tasks.size;
  }

  #newHome(worker: number): Home {
    return new Home({ commons: this.#commons, worker });
  }

  async resize(size: number): Promise<DisposeFailure[]> {
    const { homes } = this.#turns;
    for (let worker = homes.length; worker < size; worker++) {
      const home = this.#newHome(worker);
      if (this.#turns.face !== undefined) home.face = this.#turns.face;
      homes.push(home);
      for (const { hosted, host } of this.#families) hosted.push(host(worker));
    }
    this.tasks.size = size;
    await endDuties(homes.slice(size));
    await this.#calls.resize(size);
    await this.#leave(size);
    const failures: DisposeFailure[] = [];
    for (const home of homes.splice(size)) {
      await closeHome(home);
      failures.push(...home.takeFailures());
    }
    for (const { lines } of this.#families) lines.resize(size);
    return failures;
  }

  recycle(worker: number): Promise<void> {
    return Promise.reject(
      new Error(
        `Cannot recycle worker ${worker} as it is no thread of its own: runtime.report() says why`,
      ),
    );
  }

  /** The instances of workers from one on get no messages any more. */
  async #leave(size: number): Promise<void> {
    let waited = false;
    for (const { hosted } of this.#families) {
      for (const { family } of hosted.splice(size)) {
        if (stateOf(family).leave()) waited = true;
      }
    }
    // Those that waited for a message do what they do then.
    if (waited) await new Promise((next) => setTimeout(next));
  }

  get homes(): readonly Home[] {
    return this.#turns.homes;
  }

  enter(face: RuntimeFace): void {
    this.#turns.face = face;
    for (const home of this.homes) home.face = face;
  }

  // deno-lint-ignore require-await -- errors are rejections, as with threads
  async link(local: LocalFamily<object>): Promise<Family<object>> {
    const { name, reserve, methods } = local.definition;
    const lines = new LocalLines(reserve);
    const make = (worker: number) =>
      this.#turns.within(worker, () => {
        const copy = local.copy();
        stateOf(copy).place = { index: worker, workers: this.tasks, lines };
        return { worker, copy, instance: copy.here };
      });
    const copies = Array.from(
      { length: this.size },
      (_, worker) => make(worker),
    );
    const names = methodsOf(name, copies[0]!.instance, methods);
    const signatures = signaturesOf(copies[0]!.instance, names);
    const number = this.#families.length;
    const hosted: Hosted[] = [];
    const caller = new InlineCaller({
      id: { runtime: this.#id, number },
      name,
      signatures,
      instanceOf: (worker) => hosted[worker]!,
    }, this.#workers);
    const hostedBy = (
      { worker, copy, instance }: typeof copies[number],
    ): Hosted => {
      checkSameMethods({
        family: name,
        worker,
        signatures: signaturesOf(
          instance,
          methodsOf(name, instance, methods),
        ),
        known: signatures,
      });
      return {
        instance,
        methods: methodTable(instance, names),
        family: callable(copy, signatures, caller),
      };
    };
    hosted.push(...copies.map(hostedBy));
    stateOf(local).place = { index: -1, workers: this.tasks, lines };
    const family = callable(local, signatures, caller);
    const host = (worker: number) => hostedBy(make(worker));
    this.#families.push({ hosted, host, family, lines });
    return family;
  }

  stats(): Stats {
    return this.#calls.stats();
  }

  report(): WorkerReport[] {
    return Array.from({ length: this.size }, (_, index) => ({
      index,
      state: this.#calls.closed ? "closed" : "running",
      processor: undefined,
      affinity: undefined,
      pinned: false,
      threadId: undefined,
      replaced: 0,
      lastLoss: undefined,
      failure: undefined,
      pinningFailure: undefined,
      placementFailure: undefined,
    }));
  }

  async close(patience: Patience): Promise<DisposeFailure[]> {
    if (this.homes.some(hasDuties)) {
      // What runs there may still call.
      await patience.within(endDuties(this.homes));
    }
    this.#calls.closed = true;
    this.tasks.streams.end();
    await this.#calls.close(patience);
    for (const { lines } of this.#families) lines.close();
    forgetFamilies(this.#id);
    return []; // its homes are those of the thread
  }
}

function hasDuties({ duties }: Home): boolean {
  return !duties.isEmpty;
}

async function endDuties(homes: readonly Home[]): Promise<void> {
  await Promise.all(homes.filter(hasDuties).map(({ duties }) => duties.end()));
}
