import {
  assert,
  assertEquals,
  assertFalse,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { isDefinition } from "../../linked/definition_mark.ts";
import { type LinkContext, Linked, linked } from "../../linked/mod.ts";
import { FamilyCounters } from "../../linked/family_counters.ts";
import { Siblings } from "../../linked/siblings.ts";

const URL_HERE = "https://example.com/hits.ts";
const create = () => ({ hit: () => 1 });

/** That of an instance which no runtime has linked. */
const CONTEXT: LinkContext = {
  siblings: new Siblings("hits", false, () => undefined),
  counter: (name) =>
    new FamilyCounters({ name: "hits", counters: [] }).get(name),
};

/** linked() without the help of the compiler. */
const call = linked as (...args: unknown[]) => unknown;

Deno.test("linked() refuses a URL or name that is no text, or empty", () => {
  for (const bad of [undefined, null, 7, "", {}, new URL(URL_HERE)]) {
    const url = assertThrows(() => call(bad, "hits", { create }), TypeError);
    assertStringIncludes(url.message, "'url'");
    const name = assertThrows(() => call(URL_HERE, bad, { create }), TypeError);
    assertStringIncludes(name.message, "'name'");
  }
});

Deno.test("linked() refuses 'dispose' that is no function, and 'methods' that are no names", () => {
  for (const dispose of [null, 7, {}, "dispose"]) {
    const error = assertThrows(
      () => call(URL_HERE, "hits", { create, dispose }),
      TypeError,
    );
    assertStringIncludes(error.message, "'dispose'");
    assertStringIncludes(error.message, "hits");
  }
  for (const methods of [null, "hit", {}, [1], ["hit", "hit"]]) {
    const error = assertThrows(
      () => call(URL_HERE, "hits", { create, methods }),
      TypeError,
    );
    assertStringIncludes(error.message, "'methods'");
  }
  const methods: "hit"[] = ["hit"];
  const definition = linked(URL_HERE, "hits", { create, methods });
  methods.pop();
  assertEquals(definition.methods, ["hit"]);
});

Deno.test("linked() refuses a relative URL", () => {
  const error = assertThrows(
    () => linked("./hits.ts", "hits", { create }),
    TypeError,
  );
  assertStringIncludes(error.message, "./hits.ts");
});

Deno.test("linked() refuses 'create' and 'shared' that are no functions", () => {
  for (const bad of [undefined, null, 7, {}, "create"]) {
    const error = assertThrows(
      () => call(URL_HERE, "hits", { create: bad }),
      TypeError,
    );
    assertStringIncludes(error.message, "'create'");
    assertStringIncludes(error.message, "hits");
    if (bad === undefined) continue;
    const other = assertThrows(
      () => call(URL_HERE, "hits", { create, shared: bad }),
      TypeError,
    );
    assertStringIncludes(other.message, "'shared'");
  }
  assertThrows(() => call(URL_HERE, "hits"), TypeError);
});

Deno.test("linked() identifies a family by URL without fragment, and name", () => {
  const identity = (url: string, name = "hits") => {
    const definition = linked(url, name, { create });
    return [definition.url, definition.name];
  };
  assertEquals(identity(`${URL_HERE}#4-9.ts`), [URL_HERE, "hits"]);
  assertEquals(identity(`${URL_HERE}#`), [URL_HERE, "hits"]);
  assertEquals(identity(`${URL_HERE}#a#b\nc`), [URL_HERE, "hits"]);
  assertEquals(identity(`${URL_HERE}?v=1#x`, "#other"), [
    `${URL_HERE}?v=1`,
    "#other",
  ]);
});

Deno.test("linked() calls nothing by itself", () => {
  let calls = 0;
  linked(URL_HERE, "hits", {
    shared: () => calls++,
    create: () => (calls++, {}),
  });
  assertEquals(calls, 0);
});

Deno.test("Linked.share() makes shared state anew for each family", () => {
  const definition = linked(URL_HERE, "hits", {
    shared: () => ({ list: [] }),
    create,
  });
  const [one, other] = [definition.share(), definition.share()];
  assertEquals(one, { list: [] });
  assert(one !== other);
  assertEquals(linked(URL_HERE, "hits", { create }).share(), undefined);
});

Deno.test("Linked.instantiate() hands the shared state to 'create'", () => {
  const definition = linked(URL_HERE, "hits", {
    shared: () => ({ start: 1 }),
    create: (shared) => ({ shared }),
  });
  const shared = { start: 2 };
  assertStrictEquals(
    (definition.instantiate(shared, CONTEXT) as { shared: unknown }).shared,
    shared,
  );
  assert(
    definition.instantiate(shared, CONTEXT) !==
      definition.instantiate(shared, CONTEXT),
  );
});

Deno.test("Linked.instantiate() refuses what is no object", () => {
  for (const bad of [undefined, null, 7, "text", () => {}]) {
    const definition = call(URL_HERE, "hits", { create: () => bad });
    const error = assertThrows(
      () => (definition as Linked<object>).instantiate(undefined, CONTEXT),
      TypeError,
    );
    assertStringIncludes(error.message, "hits");
  }
});

Deno.test("isDefinition() knows definitions of another copy of the package", async () => {
  const url = new URL("../../linked/definition.ts?copy", import.meta.url).href;
  const copy: { linked: typeof linked } = await import(url);
  const definition = copy.linked(URL_HERE, "hits", { create });
  assertFalse(definition instanceof Linked);
  assert(isDefinition(definition));
  assert(isDefinition(linked(URL_HERE, "hits", { create })));
});

Deno.test("isDefinition() takes nothing else for a definition", () => {
  const looksLike = {
    url: URL_HERE,
    name: "hits",
    share() {},
    instantiate() {},
  };
  for (const value of [undefined, null, 0, "hits", {}, () => {}, looksLike]) {
    assertFalse(isDefinition(value));
  }
});

Deno.test("Linked shows its mark to nobody who copies or lists it", () => {
  const definition = linked(URL_HERE, "hits", { create });
  assertEquals(Object.keys(definition), ["url", "name", "counters", "reserve"]);
  assertFalse(isDefinition({ ...definition }));
});

Deno.test("Linked.instantiate() hands the context to 'create'", () => {
  let seen: unknown;
  const definition = linked(URL_HERE, "hits", {
    create: (_shared, context) => {
      seen = context;
      return {};
    },
  });
  definition.instantiate(undefined, CONTEXT);
  assertStrictEquals(seen, CONTEXT);
});

Deno.test("linked() refuses counters that are no list of different names", () => {
  for (const counters of [null, "hits", {}, [1], ["hits", "hits"]]) {
    const error = assertThrows(
      () => call(URL_HERE, "hits", { create, counters }),
      TypeError,
    );
    assertStringIncludes(error.message, "'counters'");
  }
  const counters = ["hits", "misses"];
  const definition = linked(URL_HERE, "hits", { create, counters });
  counters.push("later");
  assertEquals(definition.counters, ["hits", "misses"]);
});

Deno.test("linked() refuses a reserve that is out of range", () => {
  for (const reserve of [0, 1023, 1.5, NaN, -1, 2 ** 32, "1024", null]) {
    const error = assertThrows(
      () => call(URL_HERE, "hits", { create, reserve }),
      RangeError,
    );
    assertStringIncludes(error.message, "'reserve'");
  }
});
