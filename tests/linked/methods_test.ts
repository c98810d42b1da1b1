import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { methodsOf } from "../../linked/methods.ts";

class Base {
  inherited(): number {
    return 1;
  }
  overridden(): number {
    return 1;
  }
  get accessor(): () => number {
    throw new Error("read");
  }
  set accessor(_value: unknown) {
    throw new Error("written");
  }
  static atClass(): void {}
}

class Derived extends Base {
  readonly data = 1;
  readonly own = (): number => this.#secret();
  override overridden(): number {
    return 2;
  }
  #secret(): number {
    return 3;
  }
  async slow(): Promise<void> {}
  [Symbol.dispose](): void {}
}

Deno.test("methodsOf() names own and inherited methods once, in order", () => {
  assertEquals(methodsOf("family", new Derived()), [
    "inherited",
    "overridden",
    "own",
    "slow",
  ]);
});

Deno.test("methodsOf() gives the same order for instances made otherwise", () => {
  const one = { b: () => 1, a: () => 2, C: () => 3 };
  const other = { C: () => 3, a: () => 2, b: () => 1 };
  assertEquals(methodsOf("family", one), methodsOf("family", other));
  assertEquals(methodsOf("family", one), ["C", "a", "b"]);
});

Deno.test("methodsOf() does not call accessors", () => {
  const instance = {
    get trap(): () => void {
      throw new Error("read");
    },
    fine() {},
  };
  assertEquals(methodsOf("family", instance), ["fine"]);
});

Deno.test("methodsOf() leaves out what every object has", () => {
  assertEquals(methodsOf("family", {}), []);
  assertEquals(methodsOf("family", Object.create(null)), []);
  const own = { toString: () => "own", hasOwnProperty: 1 };
  assertEquals(methodsOf("family", own), ["toString"]);
});

Deno.test("methodsOf() takes hidden methods too, and objects without prototype", () => {
  const instance = Object.create(null, {
    hidden: { value: () => 1, enumerable: false },
  });
  assertEquals(methodsOf("family", instance), ["hidden"]);
});

Deno.test("methodsOf() refuses methods that an await or a printer would call", () => {
  for (const name of ["then", "toJSON"]) {
    const own = { fine() {}, [name]() {} };
    const inherited = Object.create(own);
    for (const instance of [own, inherited]) {
      const error = assertThrows(
        () => methodsOf("pool", instance),
        TypeError,
      );
      assertStringIncludes(error.message, `'${name}'`);
      assertStringIncludes(error.message, "pool");
    }
    assertEquals(methodsOf("pool", { [name]: "no method" }), []);
  }
});

Deno.test("methodsOf() takes only the methods that are named", () => {
  class Wide {
    b(): void {}
    a(): void {}
    c(): void {}
    then(): void {}
  }
  assertEquals(methodsOf("wide", new Wide(), ["b", "a"]), ["a", "b"]);
  assertEquals(methodsOf("wide", new Wide(), []), []);
  const none = assertThrows(
    () => methodsOf("wide", new Wide(), ["a", "d"]),
    TypeError,
  );
  for (const word of ["wide", "'d'", "c"]) {
    assertStringIncludes(none.message, word);
  }
  assertThrows(() => methodsOf("wide", new Wide(), ["then"]), TypeError);
  assertThrows(() => methodsOf("wide", {}, ["a"]), TypeError);
});
