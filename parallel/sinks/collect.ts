/**
 * Values that are kept: `collect`, `collectInto`, `partition`, `unzip`.
 *
 * @module
 */

import type { AnyFunction } from "../../workers/functions/portable.ts";
import { shrunkError, type TypedArray, typeName } from "../sources/view.ts";
import { joined, type List, ListCode } from "./list_code.ts";
import type { Sink } from "./sink.ts";

/** All values as an array. */
export function collect<T>(): Sink<List<T>, T[]> {
  return {
    key: "collect",
    params: [],
    lists: 1,
    emit: (code, _, each) => {
      const values = new ListCode(code, 0, 1);
      each((value) => values.push(value));
      code.line(`return ${values.result};`);
    },
    combine: (parts, _, room) => joined(parts, room),
  };
}

/** Each value at its index in a typed array. */
export function collectInto(target: TypedArray): Sink<TypedArray, void> {
  const type = typeName(target);
  const { length } = target;
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
        if (target.length < length) throw shrunkError(target.length, length);
        let at = 0;
        for (const part of parts) {
          (target as Float64Array).set(part as Float64Array, at);
          at += part.length;
        }
      },
    };
}

/** Values of which a function says yes, and the others. */
export function partition<T>(
  fn: AnyFunction,
): Sink<[List<T>, List<T>], [T[], T[]]> {
  return {
    key: "partition",
    params: [fn],
    lists: 2,
    emit: (code, [f], each) => {
      const [yes, no] = [new ListCode(code, 0, 2), new ListCode(code, 1, 2)];
      each((value) => {
        code.line(`if (${f}(${value})) {`);
        yes.push(value);
        code.line("} else {");
        no.push(value);
        code.line("}");
      });
      code.line(`return [${yes.result}, ${no.result}];`);
    },
    combine: (parts, _, room) => bothJoined(parts, room),
  };
}

/** The first ones of pairs, and the second ones. */
export function unzip<A, B>(): Sink<[List<A>, List<B>], [A[], B[]]> {
  return {
    key: "unzip",
    params: [],
    lists: 2,
    emit: (code, _, each) => {
      const [first, second] = [
        new ListCode(code, 0, 2),
        new ListCode(code, 1, 2),
      ];
      each((pair) => {
        first.push(code.value(`${pair}[0]`));
        second.push(code.value(`${pair}[1]`));
      });
      code.line(`return [${first.result}, ${second.result}];`);
    },
    combine: (parts, _, room) => bothJoined(parts, room),
  };
}

function bothJoined<A, B>(
  parts: readonly (readonly [List<A>, List<B>])[],
  room: Float64Array | undefined,
): [A[], B[]] {
  return [
    joined(parts.map(([a]) => a), room),
    joined(parts.map(([, b]) => b), room),
  ];
}
