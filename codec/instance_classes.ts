/**
 * Classes whose instances arrive as such: registered by module and name.
 *
 * @module
 */

import { perRealm } from "../sync/thread/realm.ts";
import type { ExportedAt } from "./module_exports.ts";

/** How the instances of a class are sent. */
export interface InstanceClass {
  /** Where other threads find the class. */
  readonly at: ExportedAt;
  /** What its instances inherit from. */
  readonly prototype: object;
  /** The names of what they inherit. */
  readonly names: ReadonlySet<string>;
  /** Whether a loop over the properties of one meets some of it. */
  readonly inherits: boolean;
  /** Fields of which nothing is told that it has moved. */
  readonly skip: ReadonlySet<string>;
  /** Fields that stay behind. */
  readonly transient: ReadonlySet<string>;
  /** Gives what is sent instead of its fields. */
  readonly take: ((instance: object) => unknown) | undefined;
  /** Makes an instance of that. */
  readonly make: ((data: unknown) => object) | undefined;
}

/** By class, and by prototype; also of another copy of the package. */
const CLASSES = perRealm<Map<object, InstanceClass>>(
  "instance classes",
  () => new Map(),
);

/** Registers a class. */
export function registerInstances(
  type: { readonly prototype: object },
  options: Omit<InstanceClass, "prototype" | "names" | "inherits">,
): void {
  const { prototype } = type;
  let inherits = false;
  for (const _name in prototype) inherits = true;
  const names = new Set(namesIn(prototype));
  const known = { ...options, prototype, names, inherits };
  CLASSES.set(type, known);
  CLASSES.set(prototype, known);
}

function* namesIn(prototype: object): Iterable<string> {
  for (
    let next: object | null = prototype;
    next !== null;
    next = Object.getPrototypeOf(next)
  ) yield* Object.getOwnPropertyNames(next);
}

/** How a class was registered. */
export function instanceClass(type: object): InstanceClass | undefined {
  return CLASSES.get(type);
}

/** How the class of an object was registered: its own, none that it extends. */
export function instanceClassOf(object: object): InstanceClass | undefined {
  return CLASSES.size === 0
    ? undefined
    : CLASSES.get(Object.getPrototypeOf(object));
}

/** The fields of an instance that are sent. */
export function fieldsOf(
  { transient }: InstanceClass,
  instance: object,
): string[] {
  const keys = Object.keys(instance);
  return transient.size === 0
    ? keys
    : keys.filter((key) => !transient.has(key));
}
