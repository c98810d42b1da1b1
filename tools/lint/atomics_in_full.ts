/**
 * `kindred/atomics-in-full`: library code says `Atomics.load(…)` in full, so
 * that the model checker can put its own `Atomics` in the global's place.
 *
 * @module
 */

import { isGlobalUse } from "./global_name.ts";
import { isLibrary, repositoryPath } from "./source_path.ts";

/** What a name stands in where it is a type, which is gone at run time. */
const TYPES = ["TSTypeQuery", "TSTypeReference", "TSQualifiedName"];

/** The rule. */
export const atomicsInFull: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    if (!isLibrary(repositoryPath(context.filename))) return {};
    return {
      Identifier(node) {
        if (node.name !== "Atomics" || !isGlobalUse(node)) return;
        if (TYPES.includes(node.parent.type) || isInFull(node)) return;
        context.report({
          node,
          message: "Atomics may only be called in full, as Atomics.load(...)",
          hint:
            "Do not destructure, store or pass on Atomics or its functions: the model checker could not see those operations",
        });
      },
    };
  },
};

/** Whether this is `Atomics.name(…)` or the harmless `typeof Atomics.name`. */
function isInFull(node: Deno.lint.Identifier): boolean {
  const member = node.parent;
  if (member.type !== "MemberExpression" || member.object !== node) {
    return false;
  }
  if (member.computed) return false;
  const { parent } = member;
  return (parent.type === "CallExpression" && parent.callee === member) ||
    (parent.type === "UnaryExpression" && parent.operator === "typeof");
}
