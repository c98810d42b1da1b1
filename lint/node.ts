/**
 * The nodes of a module, and in which of their properties there is code.
 *
 * @module
 */

/** Any node; the declarations of Deno leave some out. */
export type Node =
  | Deno.lint.Node
  | Deno.lint.AccessorProperty
  | Deno.lint.TSParameterProperty;

/** A function with a body. */
export type FunctionNode =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

/** A use of what a function has from where it stands, and that has no name. */
export interface Bound {
  /** Where it stands. */
  readonly node:
    | Deno.lint.ThisExpression
    | Deno.lint.Super
    | Deno.lint.MetaProperty;
  /** What stands there. */
  readonly word: "this" | "super" | "new.target" | "import.meta";
  /** What it belongs to; undefined for the module. */
  readonly owner: Node | undefined;
}

/** The properties of nodes in which code stands that runs. */
export const CODE: readonly string[] = [
  ...["alternate", "argument", "arguments", "attributes", "block", "body"],
  ...["callee", "cases", "children", "consequent", "declaration"],
  ...["declarations", "decorators", "discriminant", "elements", "expression"],
  ...["expressions", "finalizer", "handler", "init", "initializer", "left"],
  ...["object", "openingElement", "options", "properties", "quasi", "right"],
  ...["source", "tag", "test", "update", "value"],
];

/** Types with code in them. */
export const TRANSPARENT: readonly string[] = [
  "TSAsExpression",
  "TSExportAssignment",
  "TSInstantiationExpression",
  "TSNonNullExpression",
  "TSSatisfiesExpression",
  "TSTypeAssertion",
];
