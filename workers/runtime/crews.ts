/**
 * The crews of a runtime: its threads, and for definitions that these cannot
 * import, an inline one.
 *
 * @module
 */

import type { Linked } from "../../linked/definition.ts";
import type { Family } from "../../linked/family.ts";
import type { LocalFamily } from "../../linked/local_family.ts";
import type { Crew } from "../crew/crew.ts";
import { InlineCrew } from "../inline/inline_crew.ts";
import type { Patience } from "../life/patience.ts";
import { whyNotImportable } from "../life/surroundings.ts";
import type { Commons } from "../local/commons.ts";
import type { DisposeFailure } from "../local/dispose_error.ts";
import type { Home } from "../local/home.ts";
import type { CallObserver } from "../telemetry/call_observer.ts";
import type { Plan } from "./plan.ts";
import type { RuntimeFace } from "./runtime_face.ts";

/** What the crews are told. */
export interface CrewsOptions {
  /** What the runtime is going to be. */
  readonly plan: Plan;
  /** What all threads know of the data that they own. */
  readonly commons: Commons;
  /** Watches the calls of this thread, if anybody wants that. */
  readonly observer: CallObserver;
  /** The runtime. */
  readonly face: RuntimeFace;
}

/** All crews of a runtime. */
export class Crews {
  /** The crew that has the tasks. */
  readonly first: Crew;
  /** What runs inline, and why. */
  readonly notes: string[] = [];
  readonly #options: CrewsOptions;
  #inline: Crew | undefined;

  /** One crew, which was started. */
  constructor(first: Crew, options: CrewsOptions) {
    this.first = first;
    this.#options = options;
    first.enter?.(options.face);
  }

  /** Makes an instance of a family on each worker of the crew that can have them. */
  async link(family: LocalFamily<object>): Promise<Family<object>> {
    return await this.#crewFor(family.definition).link(family);
  }

  /** Adds workers, or lets some go. What disposers threw then. */
  async resize(workers: number): Promise<DisposeFailure[]> {
    const failures = await Promise.all(
      this.#all.map((crew) => crew.resize(workers)),
    );
    return failures.flat();
  }

  /** Ends all workers. What disposers on them threw, in the order of the workers. */
  async close(patience: Patience): Promise<DisposeFailure[]> {
    const failures = await Promise.all(
      this.#all.map((crew) => crew.close(patience)),
    );
    return failures.flat().sort((a, b) => a.worker! - b.worker!);
  }

  /** What workers own that run on this thread. */
  get homes(): Home[] {
    return this.#all.flatMap(({ homes = [] }) => homes);
  }

  get #all(): Crew[] {
    return this.#inline === undefined
      ? [this.first]
      : [this.first, this.#inline];
  }

  /** A definition that workers cannot import runs inline. */
  #crewFor(definition: Linked<object>): Crew {
    const { plan } = this.#options;
    if (plan.mode === "inline") return this.first;
    const reason = whyNotImportable(definition.url);
    if (reason === undefined) return this.first;
    const remedy = reason.grant === undefined
      ? ""
      : `; ${reason.grant} would change that`;
    const note =
      `Family '${definition.name}' runs inline: ${reason.why}${remedy}`;
    if (!this.notes.includes(note)) this.notes.push(note);
    return this.#inline ??= this.#startInline();
  }

  #startInline(): Crew {
    const { plan: { maxQueued }, commons, face, observer } = this.#options;
    const inline = new InlineCrew({
      size: this.first.size,
      maxQueued,
      observer,
    }, commons);
    inline.enter?.(face);
    return inline;
  }
}
