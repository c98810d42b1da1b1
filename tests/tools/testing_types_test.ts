import {
  type Assert,
  type AssertFalse,
  type AssertTrue,
  assertType,
  type Has,
  type IsAny,
  type IsExact,
  type IsNever,
  type IsNullable,
  type IsUnknown,
  type NotHas,
} from "@std/testing/types";

// `deno check` is what decides here, whichever of the two packages is loaded.
Deno.test("The type assertions give the same answers from JSR and from tests/offline/", () => {
  // deno-lint-ignore no-explicit-any
  type Anything = any;

  assertType<IsExact<string | number, number | string>>(true);
  assertType<IsExact<{ a: 1 } & { b: 2 }, { a: 1; b: 2 }>>(true);
  assertType<IsExact<Anything, Anything>>(true);
  assertType<IsExact<never, never>>(true);
  assertType<IsExact<string, string | number>>(false);
  assertType<IsExact<string, Anything>>(false);
  assertType<IsExact<unknown, Anything>>(false);
  assertType<IsExact<never, Anything>>(false);
  assertType<IsExact<{ a: Anything }, { a: string }>>(false);
  assertType<IsExact<{ a?: string }, { a: string | undefined }>>(false);
  assertType<IsExact<() => void, (a: string) => void>>(false);

  assertType<Has<string | number, string>>(true);
  assertType<Has<Anything, number>>(true);
  assertType<Has<number, Anything>>(false);
  assertType<Has<string, Date>>(false);
  assertType<NotHas<string, Date>>(true);
  assertType<NotHas<Anything, number>>(false);

  assertType<IsNullable<string | null>>(true);
  assertType<IsNullable<undefined>>(true);
  assertType<IsNullable<string>>(false);
  assertType<IsNullable<never>>(false);

  assertType<IsAny<Anything>>(true);
  assertType<IsAny<unknown>>(false);
  assertType<IsAny<never>>(false);
  assertType<IsUnknown<unknown>>(true);
  assertType<IsUnknown<Anything>>(false);
  assertType<IsUnknown<never>>(false);
  assertType<IsNever<never>>(true);
  assertType<IsNever<Anything>>(false);

  // @ts-expect-error -- the types differ
  assertType<IsExact<string, number>>(true);

  type _Answers = [
    AssertTrue<IsExact<1, 1>>,
    AssertFalse<IsExact<1, 2>>,
    Assert<IsExact<1, 2>, false>,
    // @ts-expect-error -- it is true
    AssertFalse<IsExact<1, 1>>,
  ];
});
