/**
 * What a family is in one home, whoever stands for it there.
 *
 * @module
 */

import { inWords } from "../codec/in_words.ts";
import type { Linked } from "./definition.ts";
import { FamilyCounters } from "./family_counters.ts";
import { type InstanceHome, instanceHome } from "./instance_home.ts";
import {
  adopt,
  endInstance,
  isHeldInstance,
  stateOfInstance,
} from "./lineage.ts";
import type { LinkContext } from "./link_context.ts";
import { Residence } from "./residence.ts";
import type { SiblingPlace } from "./sibling_lines.ts";
import { leaveSiblings, Siblings } from "./siblings.ts";

/** What a family is made of, besides its definition and its shared state. */
export interface FamilyStateOptions {
  /** Its counters. Default: new ones. */
  readonly counters?: FamilyCounters;
  /** Whether it is the one that its definition has without asking. Default: false. */
  readonly isStatic?: boolean;
  /** How other threads name it. Default: in a new way. */
  readonly id?: string;
}

/**
 * The state of a family in a home: a family that is linked to a runtime, and the
 * one that it was made from, have the same.
 */
export class FamilyState {
  /** What it was made from. */
  readonly definition: Linked<object>;
  /** The shared state, as this thread sees it. */
  readonly shared: unknown;
  /** The counters of the family. */
  readonly counters: FamilyCounters;
  /** Whether it is the one that its definition has without asking. */
  readonly isStatic: boolean;
  /** Where its instances live. */
  readonly home: InstanceHome;
  /** Where it is linked, once it is. Its instances see that, also those that are there. */
  place: SiblingPlace | undefined;
  /** How many runtimes of this thread it is linked to. */
  links = 0;
  #id: string | undefined;
  readonly #here: Residence;
  /** What all instances are given but the one that stays. */
  readonly #context: LinkContext;
  /** Those of the one that stays. */
  #siblings: Siblings<unknown> | undefined;

  /** Of a family that is new in the home of what runs at this moment. */
  constructor(
    definition: Linked<object>,
    shared: unknown,
    options: FamilyStateOptions = {},
  ) {
    this.definition = definition;
    this.shared = shared;
    this.counters = options.counters ?? new FamilyCounters(definition);
    this.isStatic = options.isStatic ?? false;
    this.#id = options.id;
    this.home = instanceHome();
    this.#context = this.#contextOf(this.#siblingsOf(false));
    this.#here = new Residence(this, {
      make: () => this.#makeHere(),
      ended: () => this.leave(),
    });
  }

  /** How other threads name it. */
  get id(): string {
    return this.#id ??= crypto.randomUUID();
  }

  set id(id: string) {
    this.#id = id;
  }

  /** The one instance that stays here. */
  get here(): object {
    return this.#here.instance ?? this.#here.make();
  }

  /** Makes an instance besides that one. */
  create(): object {
    return this.#make(this.#context);
  }

  /**
   * Disposes an instance, unless that was done.
   *
   * @returns What the disposer returns.
   * @throws {TypeError} If the instance is none of this family, or is kept: by its worker,
   * or by handles.
   * @throws What the disposer throws.
   */
  dispose(instance: object): unknown {
    const { name } = this.definition;
    const isObject = typeof instance === "object" && instance !== null;
    if (!isObject || stateOfInstance(instance) !== this) {
      throw new TypeError(
        `Cannot dispose instance of '${name}' as it must be one that this family has made on this thread: received ${
          isObject ? "another object" : inWords(instance)
        }`,
      );
    }
    if (isHeldInstance(instance)) {
      throw new TypeError(
        `Cannot dispose instance of '${name}' as handles hold it: dispose these`,
      );
    }
    if (instance !== this.#here.instance) return this.disposeInstance(instance);
    if (this.home.worker === undefined) return this.disposeHere();
    throw new TypeError(
      `Cannot dispose instance of '${name}' as worker ${this.home.worker} hosts it: it is disposed when that ends`,
    );
  }

  /** Disposes the one instance that stays, if there is one. */
  disposeHere(): unknown {
    return this.#here.dispose();
  }

  /** Disposes an instance that nothing keeps, unless that was done. */
  disposeInstance(instance: object): unknown {
    return endInstance(instance)
      ? this.definition.dispose(instance, this.shared)
      : undefined;
  }

  /**
   * The one instance gets no messages any more. Returns whether it waits for one, and
   * so has something to do now.
   */
  leave(): boolean {
    return this.#siblings !== undefined && leaveSiblings(this.#siblings);
  }

  #makeHere(): object {
    const siblings = this.#siblingsOf(true);
    const made = this.#make(this.#contextOf(siblings));
    // Unless 'create' asked for the instance, and so made it already.
    if (this.#here.instance === undefined) this.#siblings = siblings;
    return made;
  }

  #make(context: LinkContext): object {
    const instance = this.definition.instantiate(this.shared, context);
    adopt(instance, this);
    return instance;
  }

  #siblingsOf(isHosted: boolean): Siblings<unknown> {
    return new Siblings(this.definition.name, isHosted, () => this.place);
  }

  #contextOf(siblings: Siblings<unknown>): LinkContext {
    return { siblings, counter: (name) => this.counters.get(name) };
  }
}
