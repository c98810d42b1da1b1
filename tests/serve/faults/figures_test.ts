import { assertEquals } from "@std/assert";
import type { Outcome } from "../../../bench/load/load.ts";
import { figuresOf } from "./figures.ts";

Deno.test("figuresOf() calls a request lost if a handler saw it or nobody answered, unless its thread died", () => {
  const outcomes = new Map<number, Outcome>([
    [1, "answered"],
    [2, "reset"],
    [3, "reset"],
    [4, "reset"],
    [5, "hung"],
    [6, "hung"],
    [7, "answered"],
  ]);
  const [here, gone] = ["here", "gone"].map((thread) => ({
    worker: 0,
    thread,
  }));
  const seen = new Map([[1, here!], [3, here!], [4, gone!], [6, gone!], [
    7,
    gone!,
  ]]);
  const load = { outcomes, refused: 9 };
  assertEquals(figuresOf(load, { seen, dead: new Set(["gone"]) }), {
    sent: 7,
    answered: 2,
    refused: 9,
    reset: 1,
    died: 2,
    lost: 2,
  });
  assertEquals(figuresOf(load, { seen }).lost, 4);
});
