/**
 * The methods of an instance that others may call.
 *
 * @module
 */

/** Whoever awaits or prints a stub would call these by accident. */
const REFUSED: readonly string[] = ["then", "toJSON"];

/**
 * The names of an object's methods, inherited ones too, in a fixed order: their
 * places are their numbers in a call.
 *
 * @param offered The names of those that are meant. Default: all.
 * @throws {TypeError} If a method has a name that a stub cannot have, or one that is
 * meant is not there.
 */
export function methodsOf(
  family: string,
  instance: object,
  offered?: readonly string[],
): string[] {
  const names = allMethodsOf(instance);
  const missing = offered?.find((name) => !names.has(name));
  if (missing !== undefined) {
    throw new TypeError(
      `Cannot link '${family}' as 'methods' names '${missing}', which its instances do not have: they have ${
        [...names].join(", ") || "no methods"
      }`,
    );
  }
  const meant = offered === undefined ? names : new Set(offered);
  for (const name of REFUSED) {
    if (meant.has(name)) {
      throw new TypeError(
        `Cannot link '${family}' as its instances have a method '${name}': a call stub cannot offer it, name it otherwise`,
      );
    }
  }
  return [...meant].sort();
}

function allMethodsOf(instance: object): Set<string> {
  const names = new Set<string>();
  for (
    let level: object | null = instance;
    level !== null && level !== Object.prototype;
    level = Object.getPrototypeOf(level)
  ) {
    for (const name of Object.getOwnPropertyNames(level)) {
      const found = Object.getOwnPropertyDescriptor(level, name)!;
      if (name !== "constructor" && typeof found.value === "function") {
        names.add(name);
      }
    }
  }
  return names;
}
