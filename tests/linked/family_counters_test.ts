import { assertEquals, assertThrows } from "@std/assert";
import { FamilyCounters } from "../../linked/family_counters.ts";

const DEFINITION = { name: "hits", counters: ["seen", "missed"] };

Deno.test("FamilyCounters.get() gives each name a counter of its own", () => {
  const counters = new FamilyCounters(DEFINITION);
  counters.get("seen").add(3);
  counters.get("missed").add();
  assertEquals(counters.get("seen").value, 3);
  assertEquals(counters.get("missed").value, 1);
});

Deno.test("FamilyCounters attaches to those of another thread, by their order", () => {
  const counters = new FamilyCounters(DEFINITION);
  const others = new FamilyCounters(
    DEFINITION,
    structuredClone(counters.handles),
  );
  others.get("missed").add(2);
  assertEquals(counters.get("missed").value, 2);
  assertEquals(counters.get("seen").value, 0);
});

Deno.test("FamilyCounters.get() says which names there are", () => {
  const none = new FamilyCounters({ name: "hits", counters: [] });
  assertThrows(() => none.get("seen"), TypeError, "names no counters");
  const counters = new FamilyCounters(DEFINITION);
  assertThrows(() => counters.get("Seen"), TypeError, "seen, missed");
  const bad = undefined as unknown as string;
  assertThrows(() => counters.get(bad), TypeError, "undefined");
});
