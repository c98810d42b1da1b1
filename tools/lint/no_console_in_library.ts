/**
 * `kindred/no-console-in-library`: a library prints nothing.
 *
 * @module
 */

import { isGlobalUse } from "./global_name.ts";
import { isLibrary, repositoryPath } from "./source_path.ts";

/** The rule. */
export const noConsoleInLibrary: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    if (!isLibrary(repositoryPath(context.filename))) return {};
    return {
      Identifier(node) {
        if (node.name !== "console" || !isGlobalUse(node)) return;
        context.report({
          node,
          message: "Library code may not use the console",
          hint: "Throw, return, or report it through the API",
        });
      },
    };
  },
};
