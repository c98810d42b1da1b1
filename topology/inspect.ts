/**
 * How `console.log` shows objects of a class.
 *
 * @module
 */

/** Known to Deno and Node; other engines show the object as it is. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/**
 * Makes the console show the objects of a class as a text. (A method with
 * this symbol as its name cannot be declared under `isolatedDeclarations`.)
 */
export function showAs<T extends object>(
  prototype: T,
  show: (value: T) => string,
): void {
  Object.defineProperty(prototype, INSPECT, {
    value(this: T): string {
      return show(this);
    },
  });
}
