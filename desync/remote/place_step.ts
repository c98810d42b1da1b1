import type { JobAsker } from "./job_asker.ts";
import { AskedStep, HostedStep, type StepHost } from "./hosted_step.ts";
import { GATE, IS_OPEN, IS_TRY, KIND } from "./job_frame.ts";
import type { Arrival, Places } from "./places.ts";

/** What a step at a place is told about the object. */
export interface PlaceHost extends StepHost {
  /** What comes for places. */
  readonly places: Places;
  /** The object stands still, and does not keep its worker from finishing. */
  standStill(): void;
  /** It goes on. */
  goOn(): void;
}

/** What its frame says of a place. */
export interface PlaceFrame {
  readonly place: number;
  readonly kind: number;
  /** Whether it was asked of nobody: who waits for it comes with what runs there. */
  readonly isUntold: boolean;
}

/** A job that keeps its place until it is there. */
export class PlaceStep extends HostedStep {
  readonly #host: PlaceHost;
  readonly #places: Places;
  #place: number;
  /** Whether it waits for a promise; or for who may be kept from sending it. */
  #isOpen: boolean;
  #isUntold: boolean;
  /** Where the object stands still, if that is what this came to. */
  #gate: GateStep | undefined = undefined;
  #isLifted = false;

  constructor(
    host: PlaceHost,
    asker: JobAsker,
    { place, kind, isUntold }: PlaceFrame,
  ) {
    super(host, asker, undefined, (kind & IS_TRY) !== 0);
    this.#host = host;
    this.#places = host.places;
    this.#place = place;
    this.#isOpen = (kind & IS_OPEN) !== 0 || isUntold;
    this.#isUntold = isUntold;
  }

  override get holds(): string {
    if (this.#gate !== undefined) return this.#gate.holds;
    return this.job === undefined
      ? "it waits for what is to run next"
      : super.holds;
  }

  override run(given: readonly unknown[]): unknown {
    const arrival = this.#places.take(this.asker, this.#place, this.#isOpen);
    if (arrival !== undefined) return this.#runWith(arrival, given);
    return this.#places.wait(this.asker, this.#place, this.#isOpen)
      .then((arrival) => this.#runWith(arrival, given));
  }

  #runWith(arrival: Arrival, given: readonly unknown[]): unknown {
    this.job = arrival.job;
    if (arrival.asker !== undefined) this.asker = arrival.asker;
    if (arrival.job !== undefined) return super.run(given);
    if (arrival.opens !== undefined) return this.#open(arrival.opens, given);
    // Else who waits was told otherwise.
    if ("reason" in arrival && !this.#isUntold) throw arrival.reason;
    return undefined;
  }

  /** What was asked of nobody is itself no job that was sent. */
  #open(
    { place, kind }: NonNullable<Arrival["opens"]>,
    given: readonly unknown[],
  ): unknown {
    this.#isUntold = false;
    if ((kind & KIND) === GATE) {
      const gate = this.#gate = new GateStep(this.#host, this.asker, place);
      if (this.#isLifted) gate.lift();
      return gate.run();
    }
    this.#place = place;
    this.#isOpen = true;
    return this.run(given);
  }

  override done(value: unknown): void {
    if (this.#gate !== undefined) return this.#gate.done();
    if (this.job !== undefined) return super.done(value);
    this.host.finished();
    this.asker.done(undefined, "");
  }

  override dropped(reason: () => unknown): void {
    super.dropped(reason);
    const told = this.#isUntold ? reason() : undefined;
    this.#places.ignore(this.asker.peer, this.#place, told);
  }

  override lift(): void {
    this.#isLifted = true;
    this.#gate?.lift();
  }
}

/** A place at which the object stands still until it is lifted. */
export class GateStep extends AskedStep {
  readonly #host: PlaceHost;
  readonly #place: number;

  constructor(host: PlaceHost, asker: JobAsker, place: number) {
    super(host, asker);
    this.#host = host;
    this.#place = place;
  }

  override get holds(): string {
    return "it is suspended";
  }

  override get isSync(): boolean {
    return false;
  }

  override get hasJobRun(): boolean {
    return false;
  }

  override run(): unknown {
    this.asker.done(undefined, ""); // it is reached
    const { places } = this.#host;
    if (places.take(this.asker, this.#place, false) !== undefined) return;
    this.#host.standStill();
    return places.wait(this.asker, this.#place, false)
      .then(() => this.#host.goOn());
  }

  override done(): void {
    this.host.finished();
  }

  override dropped(): void {
    this.done();
    this.asker.done(undefined, "");
    this.#host.places.ignore(this.asker.peer, this.#place);
  }

  override lift(): void {
    const { peer } = this.asker;
    if (peer !== undefined) this.#host.places.arrive(peer, this.#place, {});
  }
}
