/**
 * Which family an instance is of, and what has become of it: hidden fields of the
 * instance, the first one of which each gets that a family makes.
 *
 * @module
 */

import type { FamilyState } from "./family_state.ts";

/** Gives the object that it is told to be, so that a subclass adds its fields to it. */
class Given {
  constructor(instance: object) {
    return instance as Given;
  }
}

class Member extends Given {
  readonly #family: FamilyState;

  constructor(instance: object, family: FamilyState) {
    super(instance);
    this.#family = family;
  }

  static familyOf(value: object): FamilyState | undefined {
    return #family in value ? value.#family : undefined;
  }
}

class Held extends Given {
  readonly #isHeld = true;

  static is(value: object): boolean {
    return #isHeld in value;
  }
}

class Ended extends Given {
  readonly #isEnded = true;

  static is(value: object): boolean {
    return #isEnded in value;
  }
}

/**
 * Notes the family of a new instance.
 *
 * @throws {TypeError} If it has one.
 */
export function adopt(instance: object, family: FamilyState): void {
  try {
    new Member(instance, family); // which looks by itself whether it has one
  } catch (cause) {
    throw new TypeError(
      `Cannot make an instance of '${family.definition.name}' as 'create' must return a new object each time: received one that it has returned before`,
      { cause },
    );
  }
}

/** The family that has made an instance; undefined if none has. */
export function stateOfInstance(instance: object): FamilyState | undefined {
  return Member.familyOf(instance);
}

/** Handles hold an instance: it is disposed after the last of them. */
export function holdInstance(instance: object): void {
  new Held(instance);
}

/** Whether handles hold an instance. */
export function isHeldInstance(instance: object): boolean {
  return Held.is(instance);
}

/** An instance is disposed. Returns whether it was not before. */
export function endInstance(instance: object): boolean {
  if (Ended.is(instance)) return false;
  new Ended(instance);
  return true;
}
