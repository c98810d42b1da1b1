/**
 * `kindred/no-shared-views`: in `sync/`, views come from `sync/memory/memory.ts`,
 * where the model checker puts its own in their place.
 *
 * @module
 */

import { libraryFolder, repositoryPath } from "./source_path.ts";

const VIEW = /^(?:(?:Big)?(?:Int|Uint|Float)\d+(?:Clamped)?Array|DataView)$/;

/** The rule. */
export const noSharedViews: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    const path = repositoryPath(context.filename);
    if (libraryFolder(path) !== "sync" || path === "sync/memory/memory.ts") {
      return {};
    }
    return {
      NewExpression(node) {
        const { callee } = node;
        if (callee.type !== "Identifier" || !VIEW.test(callee.name)) return;
        if (hasOwnMemory(node.arguments[0])) return;
        context.report({
          node,
          message: `sync/ may not make a ${callee.name} of its own`,
          hint:
            "Take views from sync/memory/memory.ts, so that the model checker sees every access",
        });
      },
    };
  },
};

/** Whether a view made with this argument cannot be one on a shared buffer. */
function hasOwnMemory(
  argument: Deno.lint.Expression | Deno.lint.SpreadElement | undefined,
): boolean {
  return argument === undefined || argument.type === "ArrayExpression" ||
    (argument.type === "Literal" && typeof argument.value === "number");
}
