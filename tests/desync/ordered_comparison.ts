/**
 * Runs steps on an object and on the model of it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  Desync,
  DesyncClosedError,
  DesyncFuture,
  DesyncPoisonedError,
  type FailurePolicy,
  type Suspension,
  SyncFuture,
} from "../../desync/mod.ts";
import { DeadlockError } from "../../sync/mod.ts";
import { type Doing, ModelPlace, OrderedModel } from "./ordered_model.ts";
import { rest } from "./rest.ts";

/** What may be done to an object. `at` chooses among what there is. */
export type Step =
  | { readonly kind: AskingDoor | "sync" | "trySync"; readonly doing: Doing }
  | {
    readonly kind: "end" | "settle" | "refuse" | "resume" | "cancel" | "join";
    readonly at: number;
  }
  | { readonly kind: "suspend" | "rest" | "clearPoison" };

/** The doors through which a job is asked for. */
export type AskingDoor = "desync" | "futureSync" | "futureDesync" | "after";

/** A place of the model, and what it is for the object. */
interface Pair {
  readonly place: ModelPlace;
  /** Lets its job end. */
  readonly end: PromiseWithResolvers<void>;
  readonly future?: SyncFuture<number> | DesyncFuture<number>;
  readonly outcome?: Promise<string>;
  /** What after() waits for. */
  readonly promise?: PromiseWithResolvers<number>;
  readonly suspension?: Suspension;
}

/** An object and the model, which are to agree. */
export class Comparison {
  readonly #model: OrderedModel;
  readonly #object: Desync<number[]>;
  readonly #errors: string[] = [];
  readonly #log: number[] = [];
  readonly #pairs: Pair[] = [];

  constructor(policy: FailurePolicy) {
    this.#model = new OrderedModel(policy);
    this.#object = new Desync(this.#log, {
      onFailure: policy,
      onError: (error) => this.#errors.push((error as Error).message),
    });
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      // Between other steps nothing has time to run.
      const resting = this.#step(step);
      if (resting !== undefined) await resting;
    }
    await this.#finish();
    for (const { place, outcome } of this.#pairs) {
      if (outcome === undefined) continue;
      assertEquals(await outcome, place.answer, `job ${place.id}`);
    }
    assertEquals(this.#log, this.#model.log);
    assertEquals(this.#errors, this.#model.errors);
  }

  /** Lets everything go that waits, and disposes of the object. */
  async #finish(): Promise<void> {
    for (const { place, end, promise, suspension } of this.#pairs) {
      place.isOpen = true;
      suspension?.resume();
      promise?.resolve(0);
      end.resolve();
    }
    const model = this.#model;
    while (!model.isIdle) {
      if (model.current !== undefined) model.pass();
      else model.run();
    }
    await this.#object[Symbol.asyncDispose]();
    assertEquals(this.#object.isPoisoned, model.isPoisoned);
    this.#object.clearPoison();
    assertEquals(attempt(() => this.#object.sync(() => {})), "closed");
  }

  #step(step: Step): Promise<void> | undefined {
    switch (step.kind) {
      case "rest":
        return this.#rest();
      case "suspend": {
        const suspension = this.#object.suspend();
        const { place } = this.#add("gate", "return", false, { suspension });
        this.#model.line.push(place);
        return;
      }
      case "clearPoison":
        this.#object.clearPoison();
        this.#model.isPoisoned = false;
        return;
      case "end":
        return this.#end(step.at);
      case "settle":
      case "refuse":
        return this.#settle(step.at, step.kind === "refuse");
      case "resume":
        return this.#resume(step.at);
      case "cancel":
        return void this.#cancel(step.at);
      case "join":
        return void this.#join(step.at);
      case "sync":
      case "trySync":
        return void this.#sync(step.kind, step.doing);
      default:
        return void this.#ask(step.kind, step.doing);
    }
  }

  async #rest(): Promise<void> {
    await rest();
    this.#model.run();
    this.#compare();
  }

  #compare(): void {
    assertEquals(this.#log, this.#model.log);
    assertEquals(this.#errors, this.#model.errors);
    assertEquals(this.#object.isPoisoned, this.#model.isPoisoned);
  }

  #add(
    kind: ModelPlace["kind"],
    doing: Doing,
    isAwaited: boolean,
    more: Partial<Pair>,
  ): Pair {
    const place = new ModelPlace(this.#pairs.length, kind, doing, isAwaited);
    const pair = { end: Promise.withResolvers<void>(), ...more, place };
    this.#pairs.push(pair);
    return pair;
  }

  /** The job of the place that is added next. */
  #job(doing: Doing, end: Promise<void>): () => number | Promise<number> {
    const id = this.#pairs.length;
    const outcome = () => {
      if (doing.endsWith("return")) return id;
      throw new Error(`${id}`);
    };
    return () => {
      this.#log.push(id);
      return doing.startsWith("wait") ? end.then(outcome) : outcome();
    };
  }

  #ask(door: AskingDoor, doing: Doing): void {
    const end = Promise.withResolvers<void>();
    const job = this.#job(doing, end.promise);
    const { isPoisoned, line } = this.#model;
    if (door === "desync") {
      const outcome = attempt(() => this.#object.desync(job));
      assertEquals(outcome, isPoisoned ? "poisoned" : "value");
      if (isPoisoned) return;
      line.push(this.#add("job", doing, false, { end }).place);
      return;
    }
    const promise = Promise.withResolvers<number>();
    const future = door === "after"
      ? this.#object.after(promise.promise, job)
      : this.#object[door](job);
    const { place } = this.#add(
      door === "after" ? "after" : "job",
      doing,
      true,
      {
        end,
        future,
        outcome: future.then(() => "value", nameOf),
        ...(door === "after" && { promise }),
      },
    );
    if (isPoisoned) place.answer = "poisoned";
    else line.push(place);
  }

  #sync(door: "sync" | "trySync", doing: Doing): void {
    const end = Promise.withResolvers<void>();
    const job = this.#job(doing, end.promise);
    let isBusy = false;
    const found = attempt(() => {
      const result = this.#object[door](job);
      isBusy = typeof result === "object" && result.state === "busy";
    });
    assertEquals(
      isBusy ? "busy" : found,
      this.#expectSync(door, doing, end),
      door,
    );
    this.#compare();
  }

  #expectSync(
    door: "sync" | "trySync",
    doing: Doing,
    end: PromiseWithResolvers<void>,
  ): string {
    const model = this.#model;
    if (model.isPoisoned) return "poisoned";
    if (door === "trySync" && !model.isIdle) return "busy";
    model.run();
    if (model.isPoisoned) return "poisoned";
    if (model.current !== undefined) return "deadlock";
    // Its caller is told what it throws, unless that comes later.
    const isTold = !doing.startsWith("wait");
    const { place } = this.#add("job", doing, isTold, { end });
    model.enter(place);
    return place.answer ?? "deadlock";
  }

  /** Lets a job end that is under way. */
  #end(at: number): Promise<void> | undefined {
    const pair = this.#choose(
      at,
      ({ place }) => place === this.#model.current && place.hasBegun,
    );
    if (pair === undefined) return;
    pair.end.resolve();
    this.#model.pass();
    return this.#rest();
  }

  /** Settles the promise of an after(). */
  #settle(at: number, isRefused: boolean): Promise<void> | undefined {
    const pair = this.#choose(
      at,
      ({ promise, place }) => promise !== undefined && !place.isOpen,
    );
    if (pair === undefined) return;
    pair.place.isRefused = isRefused;
    if (isRefused) pair.promise!.reject(new Error("refused"));
    else pair.promise!.resolve(0);
    return this.#open(pair.place);
  }

  #resume(at: number): Promise<void> | undefined {
    const pair = this.#choose(
      at,
      ({ suspension, place }) => suspension !== undefined && !place.isOpen,
    );
    if (pair === undefined) return;
    pair.suspension!.resume();
    return this.#open(pair.place).then(() => pair.suspension!.reached);
  }

  #open(place: ModelPlace): Promise<void> {
    place.isOpen = true;
    if (this.#model.current === place) this.#model.pass();
    return this.#rest();
  }

  #cancel(at: number): void {
    const pair = this.#choose(at, ({ future }) => future instanceof SyncFuture);
    if (pair === undefined) return;
    const { place } = pair;
    const wasUnderWay = (pair.future as SyncFuture<number>)
      .cancel(new Error("cancelled"));
    assertEquals(wasUnderWay, place.answer === undefined);
    place.answer ??= "cancelled";
  }

  #join(at: number): void {
    const pair = this.#choose(
      at,
      ({ future }) => future instanceof DesyncFuture,
    );
    if (pair === undefined) return;
    const { place, future } = pair;
    const found = attempt(() => (future as DesyncFuture<number>).join());
    this.#model.run(place);
    assertEquals(found, place.answer ?? "deadlock", "join");
    this.#compare();
  }

  #choose(at: number, isMeant: (pair: Pair) => boolean): Pair | undefined {
    const meant = this.#pairs.filter(isMeant);
    return meant[at % Math.max(1, meant.length)];
  }
}

/** What becomes of a call. */
function attempt(call: () => unknown): string {
  try {
    call();
    return "value";
  } catch (error) {
    return nameOf(error);
  }
}

function nameOf(error: unknown): string {
  if (error instanceof DeadlockError) return "deadlock";
  if (error instanceof DesyncClosedError) return "closed";
  if (error instanceof DesyncPoisonedError) return "poisoned";
  const { message } = error as Error;
  return /^\d+$/.test(message) ? "thrown" : message;
}
