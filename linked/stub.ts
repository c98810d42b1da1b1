/**
 * Stubs: objects with the methods of an instance that lives elsewhere.
 *
 * @module
 */

/** Carries one call: the number of the method and its arguments. */
export type Dispatch = (
  method: number,
  args: unknown[],
) => unknown;

/** Makes stubs of one family. */
export type StubMaker = (dispatch: Dispatch) => object;

/** What a call comes to that cannot be made. */
export type Refusal = (error: Error) => unknown;

/**
 * Prepares the stubs of a family: one class with real methods, so that a call
 * costs no more than a method call. Only what it lacks reaches the proxy at the
 * end of its prototype chain, which gives every other name a method that
 * refuses with a sentence.
 *
 * @param refuse Default: rejects.
 */
export function stubMaker(
  family: string,
  methods: readonly string[],
  refuse: Refusal = (error) => Promise.reject(error),
): StubMaker {
  class Stub {
    readonly #dispatch: Dispatch;
    constructor(dispatch: Dispatch) {
      this.#dispatch = dispatch;
    }
    static call(
      stub: Stub,
      method: number,
      args: unknown[],
    ): unknown {
      if (typeof stub !== "object" || !(#dispatch in stub)) {
        return refuse(
          new TypeError(
            `Cannot call '${
              methods[method]
            }' of '${family}' without its instance: call it as a method of what on() or any() gave`,
          ),
        );
      }
      return stub.#dispatch(method, args);
    }
  }
  const prototype = Stub.prototype as unknown as Record<string, unknown>;
  for (const [number, name] of methods.entries()) {
    Object.defineProperty(prototype, name, {
      value: function (this: Stub, ...args: unknown[]): unknown {
        return Stub.call(this, number, args);
      },
      configurable: true,
      writable: true,
    });
  }
  Object.setPrototypeOf(prototype, unknownMethods(family, methods, refuse));
  return (dispatch) => new Stub(dispatch);
}

/** Names that the language or a printer looks up on any object. */
const PROBED: ReadonlySet<PropertyKey> = new Set(["then", "toJSON"]);

function unknownMethods(
  family: string,
  methods: readonly string[],
  refuse: Refusal,
): object {
  const refused = (name: string) => () =>
    refuse(
      new TypeError(
        `Cannot call '${name}' of '${family}' as its instances have no such method: expected one of ${
          methods.join(", ")
        }`,
      ),
    );
  return new Proxy(Object.create(null), {
    get: (_target, name, receiver) =>
      typeof name === "symbol" || PROBED.has(name)
        ? undefined
        : name in Object.prototype
        ? Reflect.get(Object.prototype, name, receiver)
        : refused(name),
  });
}
