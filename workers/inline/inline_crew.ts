/**
 * A crew without threads: its workers are turns of the calling thread's event
 * loop. Same order, same copies, same errors.
 *
 * @module
 */

import { decodeArguments } from "../../codec/decode.ts";
import type { Writer } from "../../codec/writer.ts";
import { callable, type Family } from "../../linked/family.ts";
import { forgetFamilies, knowFamilies } from "../../linked/known_families.ts";
import type { LocalFamily } from "../../linked/local_family.ts";
import { signaturesOf } from "../../linked/signature.ts";
import { methodsOf } from "../../linked/methods.ts";
import type { Receiver } from "../callbacks/given.ts";
import type { Crew, WorkerReport } from "../crew/crew.ts";
import { rejectWithStack, RuntimeClosedError } from "../errors.ts";
import { InlineCalls } from "./inline_calls.ts";
import { copyOf, copyOfFailure, newFrame, readBack } from "./inline_copy.ts";
import { InlineTurns } from "./inline_turns.ts";
import type { Commons } from "../local/commons.ts";
import { closeHome } from "../local/current_home.ts";
import type { DisposeFailure } from "../local/dispose_error.ts";
import { Home } from "../local/home.ts";
import {
  isThenable,
  type Method,
  methodTable,
  resultOf,
} from "../host/outcome.ts";
import type { Patience } from "../life/patience.ts";
import type { RuntimeFace } from "../runtime/runtime_face.ts";
import type { Stats } from "../stats/stats.ts";
import type { CallObserver } from "../telemetry/call_observer.ts";
import { runObserved } from "../telemetry/run_observer.ts";
import { InlineTasks } from "../tasks/inline_tasks.ts";

interface Hosted {
  readonly instance: object;
  readonly methods: readonly Method[];
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
  readonly #observer: CallObserver;
  readonly #families: HostedFamily[] = [];

  /** Makes a crew of so many. */
  constructor(options: InlineCrewOptions, commons: Commons) {
    const { size, observer } = options;
    this.#observer = observer;
    this.#commons = commons;
    this.#turns = new InlineTurns(
      Array.from({ length: size }, (_, worker) => this.#newHome(worker)),
    );
    this.#calls = new InlineCalls(size);
    this.tasks = new InlineTasks(options, this.#turns, this.#calls);
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
    await this.#calls.resize(size);
    const failures: DisposeFailure[] = [];
    for (const home of homes.splice(size)) {
      await closeHome(home);
      failures.push(...home.takeFailures());
    }
    for (const { hosted } of this.#families) hosted.length = size;
    return failures;
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
    const { name } = local.definition;
    const copies = Array.from({ length: this.size }, (_, worker) => {
      const copy = local.copy();
      return { copy, instance: this.#turns.within(worker, () => copy.here) };
    });
    const names = methodsOf(name, copies[0]!.instance);
    const signatures = signaturesOf(copies[0]!.instance, names);
    const labels = names.map((method) => resultOf(name, method));
    const number = this.#families.length;
    const { tasks } = this;
    const caller = {
      id: { runtime: this.#id, number },
      get size() {
        return tasks.size;
      },
      pick: () => this.#calls.pick(),
      call: (worker: number, method: number, args: unknown[]) => {
        const request = {
          worker,
          number,
          method,
          args,
          label: labels[method]!,
        };
        if (!this.#observer.active) return this.#call(request);
        const call = { family: name, method: names[method]!, worker };
        return this.#observer.watch(call, (caller) =>
          this.#call({
            ...request,
            around: caller && ((run) => runObserved(call, caller, run)),
          }));
      },
      stream: (
        label: string,
        worker: number,
        method: number,
        args: unknown[],
      ) => {
        const { instance, methods } = hosted[worker]!;
        const run = (...args: unknown[]) =>
          methods[method]!.apply(instance, args);
        return this.tasks.stream(label, worker, run, args);
      },
    };
    const hostedBy = ({ copy, instance }: typeof copies[number]): Hosted => ({
      instance,
      methods: methodTable(instance, names),
      family: callable(copy, signatures, caller),
    });
    const hosted: Hosted[] = copies.map(hostedBy);
    const family = callable(local, signatures, caller);
    const host = (worker: number) => {
      const copy = local.copy();
      const instance = this.#turns.within(worker, () => copy.here);
      return hostedBy({ copy, instance });
    };
    this.#families.push({ hosted, host, family });
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
    this.#calls.closed = true;
    this.tasks.streams.end();
    await this.#calls.close(patience);
    forgetFamilies(this.#id);
    return []; // its homes are those of the thread
  }

  #call(request: Request): Promise<unknown> {
    if (this.#calls.closed) {
      return Promise.reject(new RuntimeClosedError("call"));
    }
    const out = newFrame();
    let takeBack: (() => void) | undefined;
    try {
      takeBack = this.tasks.callbacks.send(out, request.args, METHOD);
    } catch (error) {
      return Promise.reject(error);
    }
    const answer = new Promise((resolve) => {
      const reject = (reason: unknown) => rejectWithStack(resolve, reason);
      const call = { worker: request.worker, reject };
      this.#calls.add(call);
      this.#turns.add({
        worker: request.worker,
        run: () => {
          this.#calls.start(call);
          this.#run(request, out, (settle) => {
            this.#calls.remove(call);
            try {
              resolve(settle());
              this.#calls.end(call, "done");
            } catch (error) {
              reject(error);
              this.#calls.end(call, "failed");
            }
          });
        },
      });
    });
    if (takeBack !== undefined) answer.then(takeBack, takeBack);
    return answer;
  }

  /** Runs a method on copies, and gives a copy of what it comes to. */
  #run(
    { worker, number, method, label, around = plainly }: Request,
    out: Writer,
    end: (settle: () => unknown) => void,
  ): void {
    const { instance, methods } = this.#families[number]!.hosted[worker]!;
    const failed = (error: unknown) =>
      end(() => {
        throw copyOfFailure(error);
      });
    let result: unknown;
    try {
      const args = decodeArguments(readBack(out));
      result = around(() => methods[method]!.apply(instance, args));
    } catch (error) {
      return failed(error);
    }
    if (!isThenable(result)) return end(() => copyOf(result, label));
    Promise.resolve(result).then(
      (value) => end(() => copyOf(value, label)),
      failed,
    );
  }
}

/** What callbacks are given to that are given to methods. */
const METHOD: Receiver = {};

/** A call to an inline worker. */
interface Request {
  readonly worker: number;
  readonly number: number;
  readonly method: number;
  readonly args: unknown[];
  readonly label: string;
  /** What is done around its run. */
  readonly around?: ((run: () => unknown) => unknown) | undefined;
}

function plainly(run: () => unknown): unknown {
  return run();
}
