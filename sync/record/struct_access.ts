/**
 * How a struct's fields go from an object to bytes and back.
 *
 * The code for a struct is generated: a loop over its fields looks up each name
 * in a way that the engine cannot optimize. Where a content security policy
 * forbids that, the loop does the same.
 *
 * Both read a whole object before they change the draft, and the whole draft
 * before they change an object: getters and setters may use the same draft.
 *
 * @module
 */

import { draftOf } from "../memory/memory.ts";
import { NAN32, NAN64 } from "./nan_bits.ts";
import type { FieldKind, FieldLayout, StructLayout } from "./struct_layout.ts";

/** An object with a struct's fields. */
export type Fields = Record<string, unknown>;

/** The draft of a struct, private to the thread, and how to get at it. */
export interface StructAccess {
  /** The draft. */
  readonly words: Int32Array;
  /** Checks an object's fields and writes them into the draft. */
  draft(action: string, value: Fields): void;
  /** Sets the fields of an object to what is in the draft. */
  assign(into: Fields): Fields;
  /** Makes an object of what is in the draft. */
  make(): Fields;
}

/** Throws for a field that has no value of its kind. */
type Refuse = (action: string, field: number, value: unknown) => never;

/** The same as {@linkcode isOfKind}, as source text. */
const CHECKS: Readonly<Record<FieldKind, string>> = {
  i8: `typeof v === "number" && v << 24 >> 24 === v`,
  u8: `typeof v === "number" && (v & 255) === v`,
  i16: `typeof v === "number" && v << 16 >> 16 === v`,
  u16: `typeof v === "number" && (v & 65535) === v`,
  i32: `typeof v === "number" && (v | 0) === v`,
  u32: `typeof v === "number" && v >>> 0 === v`,
  i64:
    `typeof v === "bigint" && v >= -0x8000000000000000n && v <= 0x7fffffffffffffffn`,
  u64: `typeof v === "bigint" && v >= 0n && v <= 0xffffffffffffffffn`,
  f32: `typeof v === "number"`,
  f64: `typeof v === "number"`,
  bool: `typeof v === "boolean"`,
};

/** Whether a value is one of a kind. */
export const isOfKind: Readonly<
  Record<FieldKind, (value: unknown) => boolean>
> = {
  i8: (v) => typeof v === "number" && v << 24 >> 24 === v,
  u8: (v) => typeof v === "number" && (v & 255) === v,
  i16: (v) => typeof v === "number" && v << 16 >> 16 === v,
  u16: (v) => typeof v === "number" && (v & 65535) === v,
  i32: (v) => typeof v === "number" && (v | 0) === v,
  u32: (v) => typeof v === "number" && v >>> 0 === v,
  i64: (v) =>
    typeof v === "bigint" && v >= -0x8000000000000000n &&
    v <= 0x7fffffffffffffffn,
  u64: (v) => typeof v === "bigint" && v >= 0n && v <= 0xffffffffffffffffn,
  f32: (v) => typeof v === "number",
  f64: (v) => typeof v === "number",
  bool: (v) => typeof v === "boolean",
};

/** Throws for what is not of a field's kind. */
export function refuseField(
  action: string,
  { name, kind }: FieldLayout,
  value: unknown,
): never {
  const wanted = kind === "bool"
    ? "boolean"
    : kind === "i64" || kind === "u64"
    ? "bigint"
    : "number";
  const received: string = typeof value;
  if (received !== wanted) {
    throw new TypeError(
      `Cannot ${action} as '${name}' must be a ${wanted}: received ${received}`,
    );
  }
  throw new RangeError(
    `Cannot ${action} as '${name}' must be an integer in the range of "${kind}": received ${value}`,
  );
}

/** Makes the access to structs of a layout; generated if that is allowed. */
export function accessTo(layout: StructLayout): StructAccess {
  try {
    return generatedAccess(layout);
  } catch (error) {
    // A content security policy without 'unsafe-eval'.
    if (!(error instanceof EvalError)) throw error;
    return loopAccess(layout);
  }
}

/** Access by code that is generated for the layout. */
export function generatedAccess({ layout, size }: StructLayout): StructAccess {
  const views = draftOf(size);
  const source = `"use strict";
const { i8, u8, i16, u16, i32, u32, i64, u64, f32, f64 } = views;
return {
  words: i32,
  draft(action, value) {
${layout.map(checkText).join("\n")}
${layout.map(writeText).join("\n")}
  },
  assign(into) {
${layout.map(localText).join("\n")}
${layout.map(({ name }, k) => `    into.${name} = v${k};`).join("\n")}
    return into;
  },
  make() {
    return { ${
    layout.map((field) => `${field.name}: ${readText(field)}`).join(", ")
  } };
  },
};`;
  // Names are identifiers, and the rest stands above.
  return new Function("views", "refuse", source)(views, refusal(layout));
}

/** Access by a loop over the fields. */
export function loopAccess({ layout, size }: StructLayout): StructAccess {
  const views = draftOf(size);
  const assign = (into: Fields): Fields => {
    const values = layout.map(({ kind, offset, size }) => {
      const element = views[elementKind(kind)][offset / size]!;
      return kind === "bool" ? element !== 0 : element;
    });
    layout.forEach(({ name }, k) => into[name] = values[k]);
    return into;
  };
  return {
    words: views.i32,
    draft(action, value) {
      const values = layout.map((field) => {
        const held = value[field.name];
        if (!isOfKind[field.kind](held)) refuseField(action, field, held);
        return held;
      });
      layout.forEach(({ kind, offset, size }, k) => {
        const view = views[elementKind(kind)] as unknown as unknown[];
        view[offset / size] = kind === "bool" ? Number(values[k]) : values[k];
        if (!Number.isNaN(values[k])) return;
        if (kind === "f32") views.i32[offset / size] = NAN32;
        else views.i64[offset / size] = NAN64;
      });
    },
    assign,
    make: () => assign({}),
  };
}

function checkText({ name, kind }: FieldLayout, index: number): string {
  const check = CHECKS[kind].replaceAll(/\bv\b/g, `v${index}`);
  return `    const v${index} = value.${name};
    if (!(${check})) refuse(action, ${index}, v${index});`;
}

function writeText(field: FieldLayout, index: number): string {
  const { kind, offset, size } = field;
  const value = kind === "bool" ? `v${index} ? 1 : 0` : `v${index}`;
  const text = `    ${elementText(field)} = ${value};`;
  if (kind !== "f32" && kind !== "f64") return text;
  const bits = kind === "f32"
    ? `i32[${offset / size}] = ${NAN32}`
    : `i64[${offset / size}] = ${NAN64}n`;
  return `${text}\n    if (v${index} !== v${index}) ${bits};`;
}

function localText(field: FieldLayout, index: number): string {
  return `    const v${index} = ${readText(field)};`;
}

function readText(field: FieldLayout): string {
  return elementText(field) + (field.kind === "bool" ? " !== 0" : "");
}

function elementText({ kind, offset, size }: FieldLayout): string {
  return `${elementKind(kind)}[${offset / size}]`;
}

/** A boolean stands in a byte. */
function elementKind(kind: FieldKind): Exclude<FieldKind, "bool"> {
  return kind === "bool" ? "u8" : kind;
}

function refusal(layout: readonly FieldLayout[]): Refuse {
  return (action, field, value) => refuseField(action, layout[field]!, value);
}
