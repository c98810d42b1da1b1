/**
 * The instance of a thread that is there while it is held.
 *
 * @module
 */

import type { FamilyState } from "./family_state.ts";
import type { Holding } from "./holding.ts";
import { holdInstance } from "./lineage.ts";
import { OwnHolding } from "./own_holding.ts";
import { Residence } from "./residence.ts";

/** One instance of a family at a time, for those that hold it. */
export class PerThread {
  /** The family. */
  readonly family: FamilyState;
  readonly #residence: Residence;
  #holding: OwnHolding | undefined;
  #id: string | undefined;

  /**
   * Nobody holds anything.
   *
   * @param id How other threads name it. Default: in a new way.
   */
  constructor(family: FamilyState, id?: string) {
    this.family = family;
    this.#id = id;
    this.#residence = new Residence(family, {
      make: () => family.create(),
      ended: () => this.#ended(),
    });
  }

  /** The one of a family with an id, as another thread names it. */
  static named(family: FamilyState, id: string): PerThread {
    const known = knownOf(family);
    let perThread = known.get(id);
    if (perThread === undefined) {
      known.set(id, perThread = new PerThread(family, id));
    }
    return perThread;
  }

  /** How other threads name it. */
  get id(): string {
    if (this.#id === undefined) {
      this.#id = crypto.randomUUID();
      knownOf(this.family).set(this.#id, this);
    }
    return this.#id;
  }

  /** Whether there is an instance. */
  get isHeld(): boolean {
    return this.#holding !== undefined;
  }

  /**
   * Counts one more handle, of an instance that is made if there is none.
   *
   * @throws What making it throws.
   */
  acquire(): Holding {
    const holding = this.#holding ?? this.#hold();
    holding.add();
    return holding;
  }

  #hold(): OwnHolding {
    const instance = this.#residence.make();
    // There already, if making it has acquired it.
    if (this.#holding === undefined) {
      holdInstance(instance);
      this.#holding = new OwnHolding(instance, {
        name: this.family.definition.name,
        home: this.family.home,
        end: () => this.#residence.dispose(),
      });
    }
    return this.#holding;
  }

  #ended(): void {
    this.#holding!.over();
    this.#holding = undefined;
  }
}

/** Those that have travelled, by their names. */
const known = new WeakMap<FamilyState, Map<string, PerThread>>();

function knownOf(family: FamilyState): Map<string, PerThread> {
  let named = known.get(family);
  if (named === undefined) known.set(family, named = new Map());
  return named;
}
