/**
 * The runtime: one pinned worker per core, and families linked to them.
 *
 * @module
 */

import type { Linked } from "../../linked/definition.ts";
import type { Family } from "../../linked/family.ts";
import type { FamilyState } from "../../linked/family_state.ts";
import { type LocalFamily, stateOf } from "../../linked/local_family.ts";
import { realm } from "../../sync/thread/realm.ts";
import { checkTimeout } from "../../sync/thread/timeout.ts";
import { topology } from "../../topology/detect.ts";
import type { Crew } from "../crew/crew.ts";
import { nodeOf } from "../crew/starter.ts";
import { RuntimeClosedError } from "../errors.ts";
import { AffinityList } from "./affinity_list.ts";
import { currentRuntime, workerIndex } from "./inside.ts";
import { Commons } from "../local/commons.ts";
import { familyIn, FamilyLink } from "./family_link.ts";
import { LocalDisposeError } from "../local/dispose_error.ts";
import { StarterHome } from "../local/starter_home.ts";
import { Patience } from "../life/patience.ts";
import { Crews } from "./crews.ts";
import { type Plan, plan } from "./plan.ts";
import { RuntimeReport } from "./report.ts";
import { RuntimeFace } from "./runtime_face.ts";
import type {
  RecycleOptions,
  RuntimeCloseOptions,
  RuntimeOptions,
} from "./runtime_options.ts";
import { startCrew, type StartCrewOptions } from "./start_crew.ts";
import { CallObserver } from "../telemetry/call_observer.ts";
import { StatsMetrics } from "../telemetry/stats_metrics.ts";
import type { Stats } from "../stats/stats.ts";
import { canLetGo } from "../engine/worker_thread.ts";

/**
 * A set of workers that host instances of this program's objects.
 *
 * Dispose it with `await using` or {@linkcode Runtime.close}: that waits for the
 * calls under way. A runtime that is not disposed does not keep the program
 * alive: when nothing else does and no call is under way, the program ends, and
 * the workers end with it.
 *
 * Where there are no threads (no `Worker`, no shared memory, no permission for a
 * worker to read its module) the runtime runs inline: the same calls, copies and
 * errors on the calling thread. {@linkcode Runtime.report} says so, and why.
 *
 * @example Usage
 * ```ts
 * import { Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 * import { hits } from "../../examples/hits.ts";
 *
 * await using runtime = await Runtime.start();
 * const family = await runtime.link(hits);
 * await family.all().hit();
 * const locals = await family.all().local();
 * assertEquals(locals, locals.map(() => 1));
 * ```
 */
export class Runtime extends RuntimeFace implements AsyncDisposable {
  readonly #crews: Crews;
  readonly #plan: Plan;
  readonly #home: StarterHome;
  readonly #observer: CallObserver;
  readonly #metrics: StatsMetrics | undefined;
  readonly #families = new Map<FamilyState, Promise<Family<object>>>();
  #closing: Promise<void> | undefined;
  #patience: Patience | undefined;
  #resizing: Promise<void> = Promise.resolve();

  /** Use {@linkcode Runtime.start}. */
  private constructor(crew: Crew, parts: StartCrewOptions) {
    const { plan, commons, observer } = parts;
    const { candidates } = plan;
    super(
      crew.tasks,
      new AffinityList(candidates, candidates.map(nodeOf)),
    );
    this.#plan = plan;
    this.#home = new StarterHome(commons, this);
    this.#crews = new Crews(crew, { ...parts, face: this });
    this.#observer = observer;
    if (observer.telemetry) {
      this.#metrics = StatsMetrics.start(() => this.stats());
    }
  }

  /**
   * Starts workers. They are ready when the promise resolves.
   *
   * @throws {RangeError} If there are not so many processors, or a number of
   * workers is no positive integer.
   * @throws {TypeError} If an option is of another type.
   * @throws {Error} In a worker of a runtime, or if pinning is required and
   * cannot be had.
   */
  static async start(options: RuntimeOptions = {}): Promise<Runtime> {
    const worker = workerIndex();
    if (worker !== undefined) {
      throw new Error(
        `Cannot start a runtime in worker ${worker} of another one: if a main module exports definitions, guard what it starts with 'if (import.meta.main)'`,
      );
    }
    const made = plan(options);
    const commons = Commons.allocate(
      Math.max(made.processors.length, mostOf(made)),
    );
    const observer = new CallObserver(options);
    if (options.marks) observer.marks.want();
    const parts = { plan: made, commons, observer };
    const crew = await startCrew(parts, options.pin === "required");
    return new Runtime(crew, parts);
  }

  /**
   * The runtime that this thread is a worker of; undefined on all other threads,
   * but inside of a task of an inline runtime, until its first `await`.
   *
   * @example Usage
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(Runtime.current, undefined);
   * ```
   */
  static get current(): RuntimeFace | undefined {
    return currentRuntime();
  }

  /**
   * Links a family: each worker makes its instance. Of a definition, it is the static
   * family, whose shared state this thread makes once in the process, for all of its
   * runtimes; `definition.family()` makes others. The same family is linked once.
   *
   * The instance of this thread, `family.here`, is disposed with the last runtime
   * that the family is linked to.
   *
   * @example A family that shares nothing with others of its definition
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   * import { hits } from "../../examples/hits.ts";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * const family = await runtime.link(hits);
   * const other = await runtime.link(hits.family());
   * await family.on(0).hit();
   * assertEquals(await other.on(0).hit(), 1);
   * ```
   *
   * @throws {TypeError} If the module does not export the definition, or the
   * definition is not one that can be linked.
   * @throws {RuntimeClosedError} After {@linkcode Runtime.close}.
   * @throws What `shared` or `create` throws.
   */
  link<T extends object>(
    definition: Linked<T> | LocalFamily<T>,
  ): Promise<Family<T>> {
    if (this.#closing !== undefined) {
      return Promise.reject(new RuntimeClosedError("link"));
    }
    let local: LocalFamily<T>;
    try {
      local = familyIn(definition);
    } catch (error) {
      return Promise.reject(error);
    }
    const state = stateOf(local);
    let family = this.#families.get(state);
    if (family === undefined) {
      family = this.#crews.link(local).then((linked) => {
        const link = new FamilyLink(state);
        this.#home.own(link);
        link.begin();
        return linked;
      });
      this.#families.set(state, family);
      // What failed may be tried again.
      family.catch(() => this.#families.delete(state));
    }
    return family as Promise<unknown> as Promise<Family<T>>;
  }

  /**
   * Adds workers, or lets the last ones go: they take nothing new, finish what they
   * have, dispose what they own, and end. Families have fresh instances on workers that
   * are added, which count once they are ready.
   *
   * After `set_num_threads` of Rust's `threadpool`.
   *
   * @example Usage
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   *
   * await using runtime = await Runtime.start();
   * await runtime.resize(1);
   * assertEquals([runtime.size, await runtime.spawn(() => 1)], [1, 1]);
   * ```
   *
   * @param workers How many there are to be: as many as there are processors, at most.
   * @throws {RangeError} If that is no positive integer, or too much.
   * @throws {RuntimeClosedError} After {@linkcode Runtime.close}.
   * @throws {LocalDisposeError} If disposers of what workers owned threw.
   * @throws {Error} If a worker cannot be started; then there are as many as before.
   */
  resize(workers: number): Promise<void> {
    const most = mostOf(this.#plan);
    if (!Number.isInteger(workers) || workers < 1 || workers > most) {
      return Promise.reject(
        new RangeError(
          `Cannot resize runtime as 'workers' must be an integer from 1 to ${most}: received ${
            String(workers)
          }`,
        ),
      );
    }
    const resized = this.#resizing.then(() => this.#resize(workers));
    this.#resizing = resized.catch(() => {});
    return resized;
  }

  async #resize(workers: number): Promise<void> {
    if (this.#closing !== undefined) throw new RuntimeClosedError("resize");
    const failures = await this.#crews.resize(workers);
    if (failures.length > 0) throw new LocalDisposeError(failures);
  }

  /**
   * Replaces a worker by a new thread, once it has nothing to do: it imports all modules
   * anew, and families have fresh instances there. Calls that come meanwhile wait for the
   * new one.
   *
   * @example Usage
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   * import { hits } from "../../examples/hits.ts";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * const family = await runtime.link(hits);
   * await family.on(0).hit();
   * await runtime.recycle(0);
   * assertEquals(await family.on(0).local(), 0);
   * ```
   *
   * @throws {RangeError} If there is no such worker, or the timeout is negative.
   * @throws {RuntimeClosedError} After {@linkcode Runtime.close}.
   * @throws {Error} If the workers of this runtime are no threads; if the next one does not
   * start.
   */
  recycle(worker: number, options: RecycleOptions = {}): Promise<void> {
    const { timeout = Infinity } = options;
    try {
      if (this.#closing !== undefined) throw new RuntimeClosedError("recycle");
      checkTimeout(timeout, "recycle worker");
      if (!Number.isInteger(worker) || worker < 0 || worker >= this.size) {
        throw new RangeError(
          `Cannot recycle worker as 'worker' must be an integer from 0 to ${
            this.size - 1
          }: received ${String(worker)}`,
        );
      }
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#crews.first.recycle(worker, timeout);
  }

  /**
   * What the threads of this runtime did so far: see {@linkcode Stats}. Counting is
   * always on; reading waits for nobody. Families that run inline although there are
   * threads are not in it.
   *
   * @example Usage
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * await runtime.spawn(() => 5);
   * const { total } = runtime.stats();
   * assertEquals([total.run.done, total.calls.settled], [1, 1]);
   * ```
   */
  stats(): Stats {
    return this.#crews.first.stats();
  }

  /**
   * Shows each call and task of this thread in the timeline of `performance`, as a
   * measure `kindred:family.method` or `kindred:name`, until what this returns is
   * disposed. They stay there until `performance.clearMeasures()`.
   *
   * @example Usage
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   * import { hits } from "../../examples/hits.ts";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * const family = await runtime.link(hits);
   * {
   *   using _marks = runtime.mark();
   *   await family.on(0).hit();
   * }
   * await family.on(0).hit();
   * assertEquals(performance.getEntriesByName("kindred:hits.hit").length, 1);
   * ```
   */
  mark(): Disposable {
    return this.#observer.marks.want();
  }

  /** What this runtime has, what it lacks, and what would give it. */
  report(): RuntimeReport {
    const { copies } = realm();
    const notes = [...this.#crews.notes];
    if (this.#plan.mode === "threads" && !canLetGo) {
      notes.push(
        "This engine cannot let go of workers: dispose the runtime, or the program does not end",
      );
    }
    if (copies.length > 1) {
      notes.push(
        `Several copies of the package are loaded: ${copies.join(" and ")}`,
      );
    }
    return new RuntimeReport({
      mode: this.#plan.mode,
      workers: this.#crews.first.report(),
      missing: this.#plan.missing,
      source: topology().source,
      notes,
    });
  }

  /**
   * Ends the runtime: takes no more calls, ends streams, waits for calls under
   * way, lets all threads meet at a barrier, and only then lets any of them go.
   * Closing again waits for the same end.
   *
   * @throws {RangeError} If the timeout is negative or not a number.
   * @throws {LocalDisposeError} If disposers of what the threads owned threw; the
   * runtime is closed all the same.
   * @throws {Error} Inside of a task: it would wait for itself.
   */
  override close(options: RuntimeCloseOptions = {}): Promise<void> {
    if (currentRuntime() === this) return super.close();
    const { timeout = Infinity } = options;
    try {
      checkTimeout(timeout, "close runtime");
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#closing ??= this.#close(new Patience(timeout));
  }

  /**
   * Ends the runtime without waiting for anything, also if it is being closed: calls
   * and tasks under way are rejected with a {@linkcode RuntimeClosedError}, and their
   * workers ended. What idle workers and this thread own is disposed, unless that
   * takes more than about 0.1 s.
   *
   * @example Usage
   * ```ts
   * import { Runtime, RuntimeClosedError } from "@kindred/kindred";
   * import { assertRejects } from "@std/assert";
   *
   * const runtime = await Runtime.start({ workers: 1 });
   * const task = runtime.spawn(() => new Promise(() => {})); // never ends
   * const rejected = assertRejects(() => task.then(), RuntimeClosedError);
   * const closed = runtime.close(); //  waits for it
   * await runtime.terminate(); //       does not
   * await rejected;
   * await closed;
   * ```
   *
   * @throws As {@linkcode Runtime.close}.
   */
  terminate(): Promise<void> {
    const end = this.close({ timeout: 0 });
    if (currentRuntime() !== this) this.#patience?.lose();
    return end;
  }

  /**
   * Ends the runtime, as {@linkcode Runtime.close}. If that was called before, what
   * disposers threw was said there.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing === undefined) await this.close();
    else await this.#closing.catch(() => {});
  }

  async #close(patience: Patience): Promise<void> {
    this.#patience = patience;
    this.#metrics?.[Symbol.dispose]();
    const closed = await this.#crews.close(patience);
    const here = await this.#home.close(this.#crews.homes, patience);
    const failures = [...closed, ...here];
    if (failures.length > 0) throw new LocalDisposeError(failures);
  }
}

/** As many as a registry has threads. */
const MOST_INLINE = 1024;

/** How many workers a runtime can have. */
function mostOf({ mode, candidates }: Plan): number {
  return mode === "inline" ? MOST_INLINE : candidates.length;
}
