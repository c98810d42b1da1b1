/**
 * What can be sent of aware values, to the compiler. Only checked.
 *
 * @module
 */

import type { AssertFalse, AssertTrue, IsExact } from "@std/testing/types";
import {
  aware,
  type Closure,
  closure,
  type ClosureMut,
  closureMut,
  type ClosureOnce,
  closureOnce,
  type IsPortable,
  type NotPortable,
  type Portable,
  Runtime,
  type Sendable,
  type ThreadAware,
  type Unaware,
} from "../../mod.ts";
import {
  type Account,
  type Holder,
  Point,
  type Ring,
} from "./fixtures/point.ts";

/** Has methods, and does not say that it can be sent. */
class Stranger implements ThreadAware {
  relocated(): void {}
}

/** Can be sent if what is in it can. */
class Box<T> {
  declare readonly "~sendable": T;
  readonly value: T;
  constructor(value: T) {
    this.value = value;
  }
  map<R>(fn: (value: T) => R): Box<R> {
    return new Box(fn(this.value));
  }
}

export type InstancesOfAwareClassesArePortable = AssertTrue<
  IsPortable<{ a: Point[]; b: Map<Account, Holder>; c?: Ring }>
>;
export type AClassHasToSayIt = AssertFalse<IsPortable<{ a: [Stranger] }>>;
export type GenericOnesAreAsTheirParts = [
  AssertTrue<IsPortable<Box<number>>>,
  AssertTrue<IsPortable<Box<Box<Point>[]>>>,
  AssertFalse<IsPortable<Box<() => void>>>,
  AssertFalse<IsPortable<{ a: Box<Box<Stranger>> }>>,
  AssertTrue<
    IsExact<
      Portable<Box<symbol>>,
      NotPortable<"what is in it cannot be sent">
    >
  >,
];
export type UnawareIsAsWhatItHolds = [
  AssertTrue<IsPortable<Unaware<{ a: Point }>>>,
  AssertFalse<IsPortable<Unaware<RegExp>>>,
];
export type ClosuresArePortable = [
  AssertTrue<IsPortable<Closure<[number], string>>>,
  AssertTrue<IsPortable<[ClosureMut, ClosureOnce<[], Stranger>]>>,
  AssertTrue<IsExact<Portable<Closure>, Closure>>,
];
export type AnySendableIsPortable = AssertTrue<IsPortable<Sendable>>;

export async function calls(): Promise<void> {
  await using runtime = await Runtime.start();
  const norm: number = await runtime.spawn(
    (point: Point) => point.norm,
    new Point(1, 2),
  );
  const point: Point = await runtime.spawn(
    (box: Box<Point>) => box.value,
    new Box(new Point(1, 2)),
  );
  // @ts-expect-error The class does not say that it can be sent.
  await runtime.spawn((value: Stranger) => value.relocated(), new Stranger());
  // @ts-expect-error What is in it cannot be sent.
  await runtime.spawn((_: Box<RegExp>) => 1, new Box(/x/));
  void [norm, point];
}

export function closures(): void {
  const add: Closure<[by: number], number> = closure(
    { sum: 1 },
    ({ sum }, by: number) => sum + by,
  );
  const once: ClosureOnce<[by: number], number> = add;
  const late: ClosureMut<[], Promise<number>> = closureMut(
    [0],
    async (data) => {
      await null;
      return ++data[0]!;
    },
  );
  // @ts-expect-error The data is a function.
  closure(() => 1, (data) => data());
  // @ts-expect-error Part of the data is.
  closureOnce({ a: { b: () => 1 } }, ({ a }) => a.b());
  // @ts-expect-error It takes a number.
  add("1");
  void [once, late];
}

export function registering(): void {
  const url = import.meta.url;
  class Made {
    declare readonly "~sendable": true;
    a = 1;
    b = "x";
  }
  const same: typeof Made = aware(url, Made, { skip: ["a"], transient: ["b"] });
  aware(url, Made, {
    take: ({ a }) => a,
    make: (a) => Object.assign(new Made(), { a: a + 1 }),
  });
  // @ts-expect-error It has no such field.
  aware(url, Made, { skip: ["c"] });
  // @ts-expect-error What is made is no instance.
  aware(url, Made, { take: ({ a }) => a, make: (a) => a });
  // @ts-expect-error What is sent of it is a function.
  aware(url, Made, { take: () => () => 1, make: () => new Made() });
  // @ts-expect-error It does not say that it can be sent.
  aware(url, Stranger);
  void same;
}
