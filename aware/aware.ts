/**
 * Registering classes, so that their instances cross threads as what they are.
 *
 * @module
 */

import {
  type InstanceClass,
  instanceClass,
  registerInstances,
} from "../codec/instance_classes.ts";
import {
  exportAt,
  type ExportedAt,
  exportFrom,
} from "../codec/module_exports.ts";
import type { Portable, Sendable } from "../codec/portable.ts";
import { checkFieldForm } from "./field_form.ts";
import "./thread_aware.ts"; // so that instances are told where they are

/** A class whose instances say that they can be sent. */
// deno-lint-ignore no-explicit-any -- `unknown` would refuse typed parameters
export type AwareClass = abstract new (...args: any[]) => Sendable<unknown>;

/**
 * Options of {@linkcode aware}.
 *
 * @typeParam T The type of the instances.
 * @typeParam D What `take` gives.
 */
export interface AwareOptions<T, D = unknown> {
  /** The name under which the module exports the class. Default: its own name. */
  readonly name?: string;
  /** Fields that are sent, but that are not told that they live elsewhere now. */
  readonly skip?: readonly (keyof T & string)[];
  /** Fields that stay behind: on the other side they are not there. */
  readonly transient?: readonly (keyof T & string)[];
  /**
   * What is sent of an instance instead of its fields, as for a class with private
   * ones: something portable. Written in the class, it sees private names.
   */
  readonly take?: (instance: T) => D & Portable<D>;
  /** Makes an instance of that, on the other side. */
  readonly make?: (data: D) => T;
}

/**
 * Registers a class: its instances can be sent to other threads, and arrive as
 * instances of it. If they have a method `relocated` it is called there, once: see
 * {@linkcode ThreadAware}.
 *
 * A module exports the class under its own name; the other thread imports it if it has
 * not yet. All own enumerable fields are sent, and the constructor is not called. A class
 * with private fields says with `take` and `make` what stands for an instance. A class
 * that extends a registered one is registered itself.
 *
 * To the compiler, the class says by `declare readonly "~sendable": true` that its
 * instances can be sent; of that nothing is left at run time.
 *
 * It does what `#[derive(ThreadAware)]` does in Rust's `thread_aware`.
 *
 * @example A class with fields
 * ```ts
 * import { aware } from "@kindred/kindred/aware";
 * import { assertEquals } from "@std/assert";
 *
 * export class Point {
 *   declare readonly "~sendable": true;
 *   x: number;
 *   y: number;
 *   constructor(x: number, y: number) {
 *     this.x = x;
 *     this.y = y;
 *   }
 *   get norm(): number {
 *     return Math.hypot(this.x, this.y);
 *   }
 *   static {
 *     aware(import.meta.url, Point);
 *   }
 * }
 * assertEquals(new Point(3, 4).norm, 5);
 * ```
 *
 * @example On a worker
 * ```ts
 * import { Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 * import { Point } from "../examples/my_data.ts";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const norm = await runtime.spawn((point: Point) => point.norm, new Point(3, 4));
 * assertEquals(norm, 5);
 * ```
 *
 * @example A class with private fields
 * ```ts
 * import { aware } from "@kindred/kindred/aware";
 * import { assertEquals } from "@std/assert";
 *
 * export class Account {
 *   declare readonly "~sendable": true;
 *   #balance = 0;
 *   deposit(amount: number): number {
 *     return this.#balance += amount;
 *   }
 *   static {
 *     aware(import.meta.url, Account, {
 *       take: (account) => account.#balance,
 *       make: (balance) => {
 *         const account = new Account();
 *         account.#balance = balance;
 *         return account;
 *       },
 *     });
 *   }
 * }
 * assertEquals(new Account().deposit(5), 5);
 * ```
 *
 * @typeParam C The class.
 * @typeParam D What `take` gives.
 * @param url The module that exports the class: `import.meta.url`.
 * @returns The class.
 * @throws {TypeError} If an argument is of another type; if the class or its name is
 * registered already; if an instance cannot be made of its fields, and nothing says how
 * else; if it is a class of errors, which are sent as such.
 */
export function aware<C extends AwareClass, D = unknown>(
  url: string,
  type: C,
  options: AwareOptions<InstanceType<C>, D> = {},
): C {
  if (typeof url !== "string" || !URL.canParse(url)) {
    throw refusal(
      "'url' must be an absolute URL",
      typeof url === "string" ? `"${url}"` : kindOf(url),
    );
  }
  if (typeof type !== "function" || typeof type.prototype !== "object") {
    throw refusal("'type' must be a class", kindOf(type));
  }
  const { name = type.name, skip = [], transient = [], take, make } = options;
  if (typeof name !== "string" || name === "") {
    throw refusal(
      "it has no name: export it under one",
      typeof name === "string" ? '""' : kindOf(name),
    );
  }
  const at = { url: url.replace(/#.*$/s, ""), name };
  checkKeys(name, "skip", skip);
  checkKeys(name, "transient", transient);
  checkPair(name, take, make);
  checkNew(type, at);
  if (take === undefined) checkFieldForm(name, type);
  else if (skip.length + transient.length > 0) {
    throw refusal(
      "'skip' and 'transient' are about fields, and 'take' says what is sent",
      [...skip, ...transient].join(", "),
      name,
    );
  }
  exportAt(type, at);
  registerInstances(type, {
    at,
    skip: new Set(skip),
    transient: new Set(transient),
    take: take as InstanceClass["take"],
    make: make === undefined ? undefined : making(at, type, make),
  });
  return type;
}

/** Makes an instance, and sees that it is one. */
function making<T, D>(
  { name }: ExportedAt,
  type: AwareClass,
  make: (data: D) => T,
): (data: unknown) => object {
  return (data) => {
    const made: unknown = make(data as D);
    if (
      typeof made === "object" && made !== null &&
      Object.getPrototypeOf(made) === type.prototype
    ) return made;
    throw new TypeError(
      `Cannot receive instance of '${name}' as 'make' must return one: received ${
        kindOf(made)
      }`,
    );
  };
}

function checkKeys(name: string, option: string, keys: unknown): void {
  if (Array.isArray(keys) && keys.every((key) => typeof key === "string")) {
    return;
  }
  throw refusal(
    `'${option}' must be an array of names of fields`,
    kindOf(keys),
    name,
  );
}

function checkPair(name: string, take: unknown, make: unknown): void {
  if (take === undefined && make === undefined) return;
  if (typeof take === "function" && typeof make === "function") return;
  throw refusal(
    "'take' and 'make' must be functions, both of them",
    `${kindOf(take)} and ${kindOf(make)}`,
    name,
  );
}

function checkNew(type: AwareClass, at: ExportedAt): void {
  const known = instanceClass(type);
  if (known !== undefined) {
    throw refusal(
      "it is registered already",
      `'${known.at.name}' of ${known.at.url}`,
      at.name,
    );
  }
  const other = exportFrom(at);
  if (other !== undefined && other !== type) {
    throw refusal(
      "something else of its module has that name",
      `'${at.name}' of ${at.url}`,
      at.name,
    );
  }
}

function refusal(reason: string, received: string, name?: string): TypeError {
  return new TypeError(
    `Cannot register class${
      name === undefined ? "" : ` '${name}'`
    } as ${reason}: received ${received}`,
  );
}

function kindOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}
