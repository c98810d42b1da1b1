/**
 * The rules of this repository that `deno lint` cannot know, one per file in
 * `tools/lint/`, and those that its users get.
 *
 * @module
 */

import { noCapturedVariables } from "../lint/no_captured_variables.ts";
import { atomicsInFull } from "./lint/atomics_in_full.ts";
import { errorGrammar } from "./lint/error_grammar.ts";
import { ffiOnly } from "./lint/ffi_only.ts";
import { importDirection } from "./lint/import_direction.ts";
import { noCatchAllNames } from "./lint/no_catch_all_names.ts";
import { noConsoleInLibrary } from "./lint/no_console_in_library.ts";
import { noDenoInSync } from "./lint/no_deno_in_sync.ts";
import { noSharedViews } from "./lint/no_shared_views.ts";

const plugin: Deno.lint.Plugin = {
  name: "kindred",
  rules: {
    "atomics-in-full": atomicsInFull,
    "error-grammar": errorGrammar,
    "ffi-only": ffiOnly,
    "import-direction": importDirection,
    "no-captured-variables": noCapturedVariables,
    "no-catch-all-names": noCatchAllNames,
    "no-console-in-library": noConsoleInLibrary,
    "no-deno-in-sync": noDenoInSync,
    "no-shared-views": noSharedViews,
  },
};

export default plugin;
