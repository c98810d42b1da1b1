/**
 * An instance that a worker hosts, ready to be called by numbers.
 *
 * @module
 */

import type { LocalFamily } from "../../linked/local_family.ts";
import { methodsOf } from "../../linked/methods.ts";
import { signature, signaturesOf } from "../../linked/signature.ts";
import { isAsync, type Method, methodTable, resultOf } from "./outcome.ts";

/** An instance that this worker hosts. */
export interface Hosted {
  /** The family that it belongs to, with this instance as `here`. */
  readonly family: LocalFamily<object>;
  /** The signatures of its methods; their places are their numbers. */
  readonly signatures: readonly string[];
  readonly instance: object;
  readonly methods: readonly Method[];
  /** How errors name the results of the methods. */
  readonly labels: readonly string[];
  /** Which of the methods are generators. */
  readonly streams: readonly boolean[];
  /** Which of the methods give promises, as far as is known. */
  readonly givePromises: boolean[];
  /** How many of its methods are on the stack. */
  active: number;
}

/**
 * Makes this thread's instance of a family.
 *
 * @throws {TypeError} If a method has a name that a stub cannot have.
 * @throws What `create` throws.
 */
export function hostInstanceOf(family: LocalFamily<object>): Hosted {
  const { name, methods: offered } = family.definition;
  const instance = family.here;
  const names = methodsOf(name, instance, offered);
  const signatures = signaturesOf(instance, names);
  const methods = methodTable(instance, names);
  return {
    family,
    signatures,
    instance,
    methods,
    labels: names.map((method) => resultOf(name, method)),
    streams: signatures.map((text) => signature(text).isStream),
    givePromises: methods.map(isAsync),
    active: 0,
  };
}
