/**
 * A family that a runtime has linked, on the thread that started it.
 *
 * @module
 */

import type { Linked } from "../../linked/definition.ts";
import { isDefinition } from "../../linked/definition_mark.ts";
import type { FamilyState } from "../../linked/family_state.ts";
import { familiesOf } from "../../linked/home_families.ts";
import { instanceHome } from "../../linked/instance_home.ts";
import { LocalFamily } from "../../linked/local_family.ts";
import type { Owned } from "../local/home.ts";

/**
 * Keeps the one instance of a family on the starting thread, until the last runtime
 * is closed that the family is linked to.
 */
export class FamilyLink implements Owned {
  readonly #family: FamilyState;

  /** Counts nothing yet. */
  constructor(family: FamilyState) {
    this.#family = family;
  }

  /** What the instance is called in errors. */
  get name(): string {
    return this.#family.definition.name;
  }

  /** The family is linked. */
  begin(): void {
    this.#family.links++;
  }

  /** The runtime is closed. */
  dispose(): unknown {
    return --this.#family.links === 0 ? this.#family.disposeHere() : undefined;
  }
}

/**
 * The family that is to be linked: of a definition, its static one.
 *
 * @throws {TypeError} If it is neither a definition nor a family.
 * @throws What `shared` throws.
 */
export function familyIn<T extends object>(
  given: Linked<T> | LocalFamily<T>,
): LocalFamily<T> {
  if (given instanceof LocalFamily) return given;
  if (isDefinition(given)) {
    // Also where it is one of another copy of the package.
    const definition = given as Linked<T>;
    const family = familiesOf(instanceHome()).static(definition);
    return new LocalFamily<T>(definition, family);
  }
  throw new TypeError(
    `Cannot link as 'definition' must be made by linked(), or be a family of one: received ${
      given === null ? "null" : typeof given
    }`,
  );
}
