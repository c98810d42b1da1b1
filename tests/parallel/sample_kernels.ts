/**
 * Kernels of WebAssembly for tests.
 *
 * @module
 */

import {
  ATOMIC_ADD,
  ATOMIC_NOTIFY,
  ATOMIC_WAIT,
  BR_IF,
  CALL,
  DROP,
  ELSE,
  EMPTY,
  END,
  F64,
  F64_ADD,
  F64_CONVERT,
  F64_LOAD,
  F64_MUL,
  F64_STORE,
  type Func,
  GLOBAL_GET,
  GLOBAL_SET,
  I32,
  i32,
  I32_ADD,
  I32_EQZ,
  I32_LT_U,
  I32_SUB,
  I64,
  i64,
  I64_ADD,
  I64_EXTEND,
  IF,
  LOCAL_GET,
  LOCAL_SET,
  LOCAL_TEE,
  LOOP,
  MOST_PAGES,
  UNREACHABLE,
} from "./assembler.ts";

/** Memory for them, in pages. */
export function newMemory(initial = 4): WebAssembly.Memory {
  return new WebAssembly.Memory({
    initial,
    maximum: MOST_PAGES,
    shared: true,
  });
}

/** Where a module keeps its stack. */
export const POINTER = {
  name: "__stack_pointer",
  isMutable: true,
  value: 0,
};

/** Does something as long as one local is below another, and counts it up. */
function counting(local: number, end: number, body: number[]): number[] {
  return [
    ...[LOCAL_GET, local, LOCAL_GET, end, I32_LT_U, IF, EMPTY, LOOP, EMPTY],
    ...body,
    ...[LOCAL_GET, local, ...i32(1), I32_ADD, LOCAL_TEE, local],
    ...[LOCAL_GET, end, I32_LT_U, BR_IF, 0, END, END],
  ];
}

/** The sum of indices, each of them made a value of a type. */
function summing(
  name: string,
  type: number,
  convert: number,
  add: number,
): Func {
  return {
    name,
    params: [I32, I32],
    results: [type],
    locals: [type],
    body: [
      ...counting(0, 1, [
        ...[LOCAL_GET, 2, LOCAL_GET, 0, convert, add, LOCAL_SET, 2],
      ]),
      ...[LOCAL_GET, 2],
    ],
  };
}

/** `floatSum(from, to)`: of the indices, as a float. */
export const floatSum: Func = summing("floatSum", F64, F64_CONVERT, F64_ADD);

/** `longSum(from, to)`: of the indices, as a bigint. */
export const longSum: Func = summing("longSum", I64, I64_EXTEND, I64_ADD);

/** `scale(pointer, length, by)`: floats, in place. */
export const scale: Func = {
  name: "scale",
  params: [I32, I32, F64],
  locals: [I32],
  body: counting(3, 1, [
    ...[LOCAL_GET, 0, LOCAL_GET, 0, ...F64_LOAD, LOCAL_GET, 2, F64_MUL],
    ...F64_STORE,
    ...[LOCAL_GET, 0, ...i32(8), I32_ADD, LOCAL_SET, 0],
  ]),
};

/** `trapFrom(from, to, first)`: from an index on, with something on its stack. */
export const trapFrom: Func = {
  name: "trapFrom",
  params: [I32, I32, I32],
  body: [
    ...[LOCAL_GET, 2, LOCAL_GET, 1, I32_LT_U, IF, EMPTY],
    ...[GLOBAL_GET, 0, ...i32(16), I32_SUB, GLOBAL_SET, 0, UNREACHABLE, END],
  ],
};

/** What a kernel does that waits in its first word until there are two calls. */
const MEETING = [
  ...[...i32(0), ...i32(1), ...ATOMIC_ADD, I32_EQZ, IF, EMPTY],
  ...[...i32(0), ...i32(1), ...i64(-1), ...ATOMIC_WAIT, DROP, ELSE],
  ...[...i32(0), ...i32(1), ...ATOMIC_NOTIFY, DROP, END],
];

/** `meet(from, to, which)`: waits for another call; gives a global of its thread. */
export function meeting(global: number): Func {
  return {
    name: `meet${global}`,
    params: [I32, I32],
    results: [I32],
    body: [...MEETING, GLOBAL_GET, global],
  };
}

/** `called(from, to)`: the sum of what the first import makes of each index. */
export const called: Func = {
  name: "called",
  params: [I32, I32],
  results: [I32],
  locals: [I32],
  body: [
    ...counting(0, 1, [
      ...[LOCAL_GET, 2, LOCAL_GET, 0, CALL, 0, I32_ADD, LOCAL_SET, 2],
    ]),
    ...[LOCAL_GET, 2],
  ],
};

/** Moves the stack pointer. */
function push(bytes: number): number[] {
  return [GLOBAL_GET, 0, ...i32(bytes), I32_SUB, GLOBAL_SET, 0];
}

/** Calls something with something on its stack; gives where that goes to. */
function onStack(name: string, fn: number, params: number[]): Func {
  return {
    name,
    params: [I32, I32],
    results: [I32],
    body: [
      ...[...push(16), ...params, CALL, fn, DROP],
      ...[GLOBAL_GET, 0, ...push(-16)],
    ],
  };
}

/** `pushed(from, to)`: calls the first import. */
export const pushed: Func = onStack("pushed", 0, [LOCAL_GET, 0]);

/** `endless(from, to)`: calls itself, as the third function. */
export const endless: Func = onStack("endless", 2, [
  ...[LOCAL_GET, 0, LOCAL_GET, 1],
]);

/** `globalOf(from, to)`: the first global. */
export const globalOf: Func = {
  name: "globalOf",
  params: [I32, I32],
  results: [I32],
  body: [GLOBAL_GET, 0],
};

/** Counts in a word how many threads there are, as what wasm-bindgen makes. */
export const bindgenStart: Func = {
  name: "__wbindgen_start",
  params: [I32],
  body: [
    ...[...i32(8), ...i32(1), ...ATOMIC_ADD, DROP],
    ...[...i32(12), LOCAL_GET, 0, ...ATOMIC_ADD, DROP],
  ],
};

/** Keeps where the variables of a thread are, in the second global. */
export const initTls: Func = {
  name: "__wasm_init_tls",
  params: [I32],
  body: [LOCAL_GET, 0, GLOBAL_SET, 1],
};
