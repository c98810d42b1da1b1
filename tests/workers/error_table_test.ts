import { assert, assertEquals, assertMatch } from "@std/assert";
import * as codec from "../../codec/mod.ts";
import * as linked from "../../linked/mod.ts";
import * as main from "../../mod.ts";
import * as sync from "../../sync/mod.ts";
import * as topology from "../../topology/mod.ts";
import * as workers from "../../workers/mod.ts";

const page = new URL("../../docs/errors.md", import.meta.url);

/** The error classes that users can import. */
const exported = new Set(
  [codec, linked, main, sync, topology, workers].flatMap((module) =>
    Object.entries(module)
      .filter(([, value]) => isErrorClass(value))
      .map(([name]) => name)
  ),
);

function isErrorClass(value: unknown): boolean {
  return typeof value === "function" && value.prototype instanceof Error;
}

/** The cells of the rows of a table whose first cell is some name. */
async function rows(pattern: RegExp): Promise<string[][]> {
  const text = await Deno.readTextFile(page);
  return text.split("\n")
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()))
    .filter(([first]) => first !== undefined && pattern.test(first));
}

Deno.test("docs/errors.md has a row for each error class that is exported, and no other", async () => {
  const classes = (await rows(/^`\w+Error`$/))
    .map(([name]) => name!.slice(1, -1))
    .filter((name) => name !== "TimeoutError" && name !== "AbortError");
  assert(exported.has("WorkerLostError")); // there is something to compare
  assertEquals(classes, [...exported].sort());
});

Deno.test("docs/errors.md says what each error means and what to do about it", async () => {
  for (const [name, meaning, advice, ...more] of await rows(/^`\w+`$/)) {
    assertEquals(more, [], name);
    assertMatch(meaning!, /^[a-z`].{15,}$/, name);
    assertMatch(advice!, /^[a-z`].{15,}$/, name);
  }
});

Deno.test("fields and methods that docs/errors.md names are there", async () => {
  const text = await Deno.readTextFile(page);
  const made: Record<string, object> = {
    ChannelClosedError: new main.ChannelClosedError("closed", 1),
    LaggedError: new sync.LaggedError(1),
    LocalDisposeError: new main.LocalDisposeError([]),
    PartialFailureError: new main.PartialFailureError("call", []),
    WorkerLostError: new main.WorkerLostError(0, "", { started: false }),
  };
  const fields: [string, string][] = [
    ["ChannelClosedError", "value"],
    ["LaggedError", "missed"],
    ["LocalDisposeError", "failures"],
    ["PartialFailureError", "results"],
    ["PartialFailureError", "errors"],
    ["WorkerLostError", "started"],
  ];
  for (const [name, field] of fields) {
    const row = text.split("\n").find((line) =>
      line.startsWith(`| \`${name}\``)
    );
    assert(row?.includes(`\`${field}\``), `${name} without ${field}`);
    assert(field in made[name]!, `${name} has no ${field}`);
  }
});
