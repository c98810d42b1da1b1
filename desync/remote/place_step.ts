import type { JobAsker } from "./job_asker.ts";
import { AskedStep, HostedStep, type StepHost } from "./hosted_step.ts";
import { IS_OPEN, IS_TRY } from "./job_frame.ts";
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

/** A job that keeps its place until it is there. */
export class PlaceStep extends HostedStep {
  readonly #places: Places;
  readonly #place: number;
  /** Whether it waits for a promise. */
  readonly #isOpen: boolean;

  constructor(host: PlaceHost, asker: JobAsker, place: number, kind: number) {
    super(host, asker, undefined, (kind & IS_TRY) !== 0);
    this.#places = host.places;
    this.#place = place;
    this.#isOpen = (kind & IS_OPEN) !== 0;
  }

  override get holds(): string {
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
    if ("reason" in arrival) throw arrival.reason;
    return undefined;
  }

  override done(value: unknown): void {
    if (this.job !== undefined) return super.done(value);
    this.host.finished();
    this.asker.done(undefined, "");
  }

  override dropped(reason: () => unknown): void {
    super.dropped(reason);
    this.#places.ignore(this.asker, this.#place);
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
  }

  override lift(): void {
    const { peer } = this.asker;
    if (peer !== undefined) this.#host.places.arrive(peer, this.#place, {});
  }
}
