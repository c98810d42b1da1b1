/**
 * Values that are kept: `collect`, `collectInto`, `partition`, `unzip`.
 *
 * @module
 */

import type { AnyFunction } from "../../workers/functions/portable.ts";
import { type TypedArray, typeName } from "../sources/view.ts";
import type { Sink } from "./sink.ts";

/** All values as an array. */
export function collect<T>(): Sink<T[], T[]> {
  return {
    key: "collect",
    params: [],
    emit: (code, _, each) => {
      code.line("const values = [];");
      each((value) => code.line(`values.push(${value});`));
      code.line("return values;");
    },
    combine: joined,
  };
}

/** Each value at its index in a typed array. */
export function collectInto(target: TypedArray): Sink<TypedArray, void> {
  const type = typeName(target);
  const isShared = target.buffer instanceof SharedArrayBuffer;
  return isShared
    ? {
      key: `into ${type}`,
      params: [target],
      emit: (code, [target], each) => {
        code.line("let at = from;");
        each((value) => code.line(`${target}[at++] = ${value};`));
      },
      combine: () => {},
    }
    : {
      key: `part of ${type}`,
      params: [],
      emit: (code, _, each) => {
        code.line(`const part = new ${type}(to - from); let at = 0;`);
        each((value) => code.line(`part[at++] = ${value};`));
        code.line("return part;");
      },
      combine: (parts) => {
        let at = 0;
        for (const part of parts) {
          (target as Float64Array).set(part as Float64Array, at);
          at += part.length;
        }
      },
    };
}

/** Values of which a function says yes, and the others. */
export function partition<T>(fn: AnyFunction): Sink<[T[], T[]], [T[], T[]]> {
  return {
    key: "partition",
    params: [fn],
    emit: (code, [f], each) => {
      code.line("const yes = [], no = [];");
      each((value) => code.line(`(${f}(${value}) ? yes : no).push(${value});`));
      code.line("return [yes, no];");
    },
    combine: bothJoined,
  };
}

/** The first ones of pairs, and the second ones. */
export function unzip<A, B>(): Sink<[A[], B[]], [A[], B[]]> {
  return {
    key: "unzip",
    params: [],
    emit: (code, _, each) => {
      code.line("const first = [], second = [];");
      each((pair) => {
        code.line(`first.push(${pair}[0]);`);
        code.line(`second.push(${pair}[1]);`);
      });
      code.line("return [first, second];");
    },
    combine: bothJoined,
  };
}

/** One call takes so many arguments at any rate. */
const AT_ONCE = 1000;

/** As `flat()`, but `concat()` copies memory. */
function joined<T>(parts: readonly T[][]): T[] {
  const { length } = parts;
  if (length === 1) return parts[0]!;
  if (length <= AT_ONCE) return ([] as T[]).concat(...parts);
  const groups: T[][] = [];
  for (let k = 0; k < length; k += AT_ONCE) {
    groups.push(joined(parts.slice(k, k + AT_ONCE)));
  }
  return joined(groups);
}

function bothJoined<A, B>(parts: readonly [A[], B[]][]): [A[], B[]] {
  return [
    joined(parts.map(([a]) => a)),
    joined(parts.map(([, b]) => b)),
  ];
}
