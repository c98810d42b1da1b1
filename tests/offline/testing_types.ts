/**
 * `@std/testing/types` for machines that cannot reach JSR: the helpers for type
 * tests under the same names and with the same answers.
 *
 * @module
 */

/** Fails to compile unless `Condition` is what the argument says. */
export function assertType<Condition extends boolean>(_is: Condition): void {}

/** Fails to compile unless `Condition` is `true`. */
export type AssertTrue<Condition extends true> = never;

/** Fails to compile unless `Condition` is `false`. */
export type AssertFalse<Condition extends false> = never;

/** Fails to compile unless `Condition` is `Expected`. */
export type Assert<Condition extends boolean, Expected extends Condition> =
  never;

/** Whether `Type` is `any`. */
export type IsAny<Type> = 0 extends 1 & Type ? true : false;

/** Whether `Type` is `never`. */
export type IsNever<Type> = [Type] extends [never] ? true : false;

/** Whether `Type` is `unknown`. */
export type IsUnknown<Type> = IsAny<Type> extends true ? false
  : unknown extends Type ? true
  : false;

/** Whether a value of `Type` may be `null` or `undefined`. */
export type IsNullable<Type> = Extract<Type, null | undefined> extends never
  ? false
  : true;

/** Whether `Member` is one of the types of the union `Type`. */
export type Has<Type, Member> = IsAny<Type> extends true ? true
  : IsAny<Member> extends true ? false
  : IsNever<Extract<Type, Member>> extends true ? false
  : true;

/** Whether `Member` is none of the types of the union `Type`. */
export type NotHas<Type, Member> = Has<Type, Member> extends true ? false
  : true;

/** Whether the compiler holds the two types for one and the same. */
export type IsExact<Left, Right> =
  // Written out twice: through an alias the compiler would compare arguments.
  (<Any>() => Any extends Flat<Left> ? 1 : 2) extends
    (<Any>() => Any extends Flat<Right> ? 1 : 2) ? true : false;

/** Shows intersections of records as one record. */
type Flat<Type> = Type extends Record<PropertyKey, unknown>
  ? { [Key in keyof Type]: Flat<Type[Key]> }
  : Type;
