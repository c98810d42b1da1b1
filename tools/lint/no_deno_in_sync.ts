/**
 * `kindred/no-deno-in-sync`: `sync/`, `codec/`, `aware/` and `linked/`
 * run in any JavaScript engine.
 *
 * @module
 */

import { isGlobalUse } from "./global_name.ts";
import { libraryFolder, repositoryPath } from "./source_path.ts";

const ANY_ENGINE = ["sync", "codec", "aware", "linked"];

/** The rule. */
export const noDenoInSync: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    const folder = libraryFolder(repositoryPath(context.filename));
    if (folder === undefined || !ANY_ENGINE.includes(folder)) return {};
    return {
      Identifier(node) {
        if (node.name !== "Deno" || !isGlobalUse(node)) return;
        context.report({
          node,
          message: `${folder}/ may not use the Deno namespace`,
          hint:
            "This folder runs in any JavaScript engine: let workers/ or topology/ hand in what it needs",
        });
      },
    };
  },
};
