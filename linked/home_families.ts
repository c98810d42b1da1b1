/**
 * The families that a home has: its static ones, and those that a message names.
 *
 * @module
 */

import type { Linked } from "./definition.ts";
import { FamilyState } from "./family_state.ts";
import type { InstanceHome } from "./instance_home.ts";

/** The families of one home. */
export class HomeFamilies {
  readonly #home: InstanceHome;
  readonly #statics = new WeakMap<Linked<object>, FamilyState>();
  /** Nobody has to keep a family only because a message has named it. */
  readonly #named = new Map<string, WeakRef<FamilyState>>();
  readonly #forgotten = new FinalizationRegistry<string>((id) => {
    if (this.named(id) === undefined) this.#named.delete(id);
  });

  /** None yet. */
  constructor(home: InstanceHome) {
    this.#home = home;
  }

  /**
   * The static family of a definition, made on first use.
   *
   * @throws {TypeError} If only the starting thread can make it.
   * @throws What `shared` throws.
   */
  static(definition: Linked<object>): FamilyState {
    let family = this.#statics.get(definition);
    if (family === undefined) {
      const { worker } = this.#home;
      if (worker !== undefined && definition.hasShared) {
        const { name } = definition;
        throw new TypeError(
          `Cannot use '${name}' on worker ${worker} as it is not linked here, and its shared state is made by the starting thread: call runtime.link(${name}) there before`,
        );
      }
      const shared = definition.share();
      family = new FamilyState(definition, shared, { isStatic: true });
      this.#statics.set(definition, family);
    }
    return family;
  }

  /** The family with an id, if it is here. */
  named(id: string): FamilyState | undefined {
    return this.#named.get(id)?.deref();
  }

  /** Notes a family that others name by an id. */
  name(id: string, family: FamilyState): void {
    if (this.named(id) === family) return;
    this.#named.set(id, new WeakRef(family));
    this.#forgotten.register(family, id);
  }

  /**
   * Notes a family that came from another thread.
   *
   * @returns It, or the one that is the same here already.
   */
  settle(family: FamilyState): FamilyState {
    const { definition, id, isStatic } = family;
    const former = isStatic ? this.#statics.get(definition) : undefined;
    // Without shared state it does not matter who has made it.
    const settled = former !== undefined && !definition.hasShared
      ? former
      : family;
    if (isStatic && former === undefined) {
      this.#statics.set(definition, settled);
    }
    settled.id = id;
    this.name(id, settled);
    return settled;
  }
}

const known = new WeakMap<InstanceHome, HomeFamilies>();

/** The families of a home. */
export function familiesOf(home: InstanceHome): HomeFamilies {
  let families = known.get(home);
  if (families === undefined) {
    known.set(home, families = new HomeFamilies(home));
  }
  return families;
}
