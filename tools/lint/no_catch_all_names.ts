/**
 * `kindred/no-catch-all-names`: a file or folder is named after its concept.
 *
 * @module
 */

import { repositoryPath } from "./source_path.ts";

const CATCH_ALL = /^_?(?:utils?|types|helpers?|common|index|misc)(?:\.|$)/;

/** The rule. */
export const noCatchAllNames: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    return {
      Program(node) {
        const path = repositoryPath(context.filename);
        // Outside the repository only the file's own name is ours to judge.
        const names = path.startsWith("/") || /^[a-z]:/i.test(path)
          ? path.split("/").slice(-1)
          : path.split("/");
        const name = names.find((name) => CATCH_ALL.test(name));
        if (name === undefined) return;
        context.report({
          range: [node.range[0], node.range[0]],
          message: `The name "${name}" says nothing about what is in it`,
          hint: "Name it after the one concept that it holds",
        });
      },
    };
  },
};
