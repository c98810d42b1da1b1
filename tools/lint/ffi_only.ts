/**
 * `kindred/ffi-only`: native code is opened and called in `ffi/` alone. Tests
 * are free to ask the system for themselves.
 *
 * @module
 */

import { memberName } from "../../lint/member_name.ts";
import { repositoryPath } from "./source_path.ts";

const NATIVE = [
  "dlopen",
  "UnsafeCallback",
  "UnsafeFnPointer",
  "UnsafePointer",
  "UnsafePointerView",
];

/** The rule. */
export const ffiOnly: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    if (/^(?:ffi|tests)\//.test(repositoryPath(context.filename))) return {};

    function check(node: Deno.lint.Node, name: string | undefined): void {
      if (name === undefined || !NATIVE.includes(name)) return;
      context.report({
        node,
        message: `Deno.${name} may stand in ffi/ only`,
        hint: "Add what you need to the Platform interface in ffi/",
      });
    }

    return {
      MemberExpression(node) {
        if (isDeno(node.object)) check(node, memberName(node));
      },
      VariableDeclarator({ id, init }) {
        if (id.type !== "ObjectPattern" || init === null || !isDeno(init)) {
          return;
        }
        for (const property of id.properties) {
          if (property.type !== "Property") continue;
          if (property.key.type !== "Identifier") continue;
          check(property, property.key.name);
        }
      },
    };
  },
};

function isDeno(node: Deno.lint.Expression): boolean {
  if (node.type === "Identifier") return node.name === "Deno";
  return node.type === "MemberExpression" && memberName(node) === "Deno";
}
