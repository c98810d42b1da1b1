/**
 * Applications, as they are found in exports of modules.
 *
 * @module
 */

/**
 * The application in an export: a function that is its one method, or an object that has
 * that.
 *
 * @param where The export, as a message names it.
 * @throws {TypeError} If it is neither.
 */
export function appIn<A extends object>(
  exported: unknown,
  method: keyof A & string,
  where: string,
): A {
  if (typeof exported === "function") return { [method]: exported } as A;
  if (typeof exported === "object" && exported !== null) {
    const app = exported as A;
    if (typeof app[method] === "function") return app;
  }
  throw new TypeError(
    `Cannot serve as ${where} must be a function, or an object with a method '${method}': received ${
      exported === null
        ? "null"
        : typeof exported === "object"
        ? "an object without it"
        : typeof exported
    }`,
  );
}
