/**
 * Modules of WebAssembly, put together in their binary format.
 *
 * @module
 */

/** Types of values. */
export const I32 = 0x7f;
export const I64 = 0x7e;
export const F64 = 0x7c;

/** Instructions, by their names in the text format. */
export const UNREACHABLE = 0x00;
export const LOOP = 0x03;
export const IF = 0x04;
export const END = 0x0b;
export const ELSE = 0x05;
export const BR_IF = 0x0d;
export const CALL = 0x10;
export const DROP = 0x1a;
export const LOCAL_GET = 0x20;
export const LOCAL_SET = 0x21;
export const LOCAL_TEE = 0x22;
export const GLOBAL_GET = 0x23;
export const GLOBAL_SET = 0x24;
export const I32_LT_U = 0x49;
export const I32_ADD = 0x6a;
export const I32_SUB = 0x6b;
export const I32_EQZ = 0x45;
export const I64_EXTEND = 0xac;
export const I64_ADD = 0x7c;
export const F64_ADD = 0xa0;
export const F64_MUL = 0xa2;
export const F64_CONVERT = 0xb7;
/** A block that gives no value. */
export const EMPTY = 0x40;

/** The same, with where in memory. */
export const F64_LOAD: readonly number[] = [0x2b, 3, 0];
export const F64_STORE: readonly number[] = [0x39, 3, 0];
export const ATOMIC_ADD: readonly number[] = [0xfe, 0x1e, 2, 0];
export const ATOMIC_WAIT: readonly number[] = [0xfe, 0x01, 2, 0];
export const ATOMIC_NOTIFY: readonly number[] = [0xfe, 0x00, 2, 0];

/** `i32.const`. */
export function i32(value: number): number[] {
  return [0x41, ...signed(value)];
}

/** `i64.const`. */
export function i64(value: number): number[] {
  return [0x42, ...signed(value)];
}

/** A function. */
export interface Func {
  /** What it is exported as, if it is. */
  readonly name?: string;
  readonly params: readonly number[];
  readonly results?: readonly number[];
  readonly locals?: readonly number[];
  readonly body: readonly number[];
}

/** A variable of each instance: a word. */
export interface Global {
  readonly name?: string;
  readonly isMutable: boolean;
  readonly value: number;
}

/** What a module has, besides the memory that it imports as `env.memory`. */
export interface ModuleParts {
  /** Imported functions, of the module `env`: before all others. */
  readonly imports?: readonly Omit<Func, "body" | "locals">[];
  /** Words that are imported of the module `env`: before all others. */
  readonly importedGlobals?: readonly string[];
  readonly funcs: readonly Func[];
  readonly globals?: readonly Global[];
  /** How many memories it imports. Default: 1. */
  readonly memories?: 0 | 1;
  /** What linkers write into the section of names. */
  readonly names?: string;
}

/** How many pages the memory of a module may have. */
export const MOST_PAGES = 1000;

/** Puts a module together. */
export function assemble(parts: ModuleParts): WebAssembly.Module {
  const { imports = [], importedGlobals = [], funcs, globals = [] } = parts;
  const memories = parts.memories ?? 1;
  const all = [...imports, ...funcs];
  const types = all.map(({ params, results = [] }) => [
    ...[0x60, ...list(params.map((type) => [type]))],
    ...list(results.map((type) => [type])),
  ]);
  const imported = [
    ...imports.map(({ name }, k) => [...text("env"), ...text(name!), 0, k]),
    ...(memories === 0 ? [] : [
      // Shared, with a limit.
      [...text("env"), ...text("memory"), 2, 3, 1, ...unsigned(MOST_PAGES)],
    ]),
    ...importedGlobals.map((
      name,
    ) => [...text("env"), ...text(name), 3, I32, 0]),
  ];
  const exported = [
    ...funcs.flatMap(({ name }, k) =>
      name === undefined ? [] : [[...text(name), 0, imports.length + k]]
    ),
    ...globals.flatMap(({ name }, k) =>
      name === undefined ? [] : [[...text(name), 3, importedGlobals.length + k]]
    ),
  ];
  const codes = funcs.map(({ locals = [], body }) => {
    const code = [...list(locals.map((type) => [1, type])), ...body, END];
    return [...unsigned(code.length), ...code];
  });
  const bytes = [
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, imported),
    ...section(3, funcs.map((_, k) => [imports.length + k])),
    ...section(
      6,
      globals.map(({ isMutable, value }) => [
        ...[I32, Number(isMutable), ...i32(value), END],
      ]),
    ),
    ...section(7, exported),
    ...section(10, codes),
  ];
  if (parts.names !== undefined) {
    const names = [...text("name"), ...text(parts.names)];
    bytes.push(0, ...unsigned(names.length), ...names);
  }
  return new WebAssembly.Module(Uint8Array.from(bytes));
}

function section(id: number, items: readonly number[][]): number[] {
  if (items.length === 0) return [];
  const content = list(items);
  return [id, ...unsigned(content.length), ...content];
}

function list(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function text(value: string): number[] {
  return [...unsigned(value.length), ...new TextEncoder().encode(value)];
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80
    ? [value]
    : [value & 0x7f | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  const isLast = value >= -0x40 && value < 0x40;
  return isLast ? [value & 0x7f] : [value & 0x7f | 0x80, ...signed(value >> 7)];
}
