/**
 * The one instance that stays: made on first use, and kept by its home.
 *
 * @module
 */

import { disposeUnwatched } from "./disposal.ts";
import type { FamilyState } from "./family_state.ts";
import type { Kept } from "./instance_home.ts";

/** So deep may the making of an instance ask for the instance itself. */
const DEEPEST = 100;

/** What a residence is told. */
export interface ResidenceOptions {
  /** Makes the instance. */
  readonly make: () => object;
  /** It is about to be disposed. */
  readonly ended?: () => void;
}

/** One instance of a family at a time, until it is ended. */
export class Residence implements Kept {
  /** The instance, if there is one. */
  instance: object | undefined = undefined;
  readonly #family: FamilyState;
  readonly #options: ResidenceOptions;
  #depth = 0;

  /** Without an instance yet. */
  constructor(family: FamilyState, options: ResidenceOptions) {
    this.#family = family;
    this.#options = options;
  }

  /** What the instance is called in errors. */
  get name(): string {
    return this.#family.definition.name;
  }

  /**
   * Makes the instance, where there is none.
   *
   * @throws {TypeError} If making it asks for it again and again.
   * @throws What making it throws.
   */
  make(): object {
    if (this.#depth === DEEPEST) {
      throw new TypeError(
        `Cannot make an instance of '${this.name}' as 'create' asks for that very instance, again and again`,
      );
    }
    const { home } = this.#family;
    this.#depth++;
    let made: object;
    try {
      made = this.#options.make();
    } finally {
      this.#depth--;
    }
    // 'create' asked for it, too: that one is in use.
    if (this.instance !== undefined) {
      this.#discard(made);
      return this.instance;
    }
    try {
      // Only now: what 'create' used is disposed after it.
      home.own(this);
    } catch (error) {
      this.#discard(made);
      throw error;
    }
    return this.instance = made;
  }

  /**
   * Disposes the instance, if there is one; then there is none.
   *
   * @returns What the disposer returns.
   * @throws What the disposer throws.
   */
  dispose(): unknown {
    const { instance } = this;
    if (instance === undefined) return undefined;
    this.#family.home.letGo(this);
    this.#options.ended?.();
    this.instance = undefined;
    return this.#family.disposeInstance(instance);
  }

  #discard(made: object): void {
    const family = this.#family;
    disposeUnwatched(
      family.home,
      this.name,
      () => family.disposeInstance(made),
    );
  }
}
