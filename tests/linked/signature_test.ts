import { assertEquals } from "@std/assert";
import {
  isGenerator,
  signature,
  signaturesOf,
} from "../../linked/signature.ts";

class Some {
  plain(): void {}
  async later(): Promise<void> {}
  *many(): Generator<number> {}
  async *manyLater(): AsyncGenerator<number> {}
}

Deno.test("signaturesOf() says which methods are generators", () => {
  const names = ["plain", "later", "many", "manyLater"];
  const texts = signaturesOf(new Some(), names);
  assertEquals(texts.map(signature), [
    { name: "plain", isStream: false },
    { name: "later", isStream: false },
    { name: "many", isStream: true },
    { name: "manyLater", isStream: true },
  ]);
});

Deno.test("isGenerator() knows generator functions from all else", () => {
  assertEquals(
    [function* () {}, async function* () {}, () => {}, async () => {}, 1, null]
      .map(isGenerator),
    [true, true, false, false, false, false],
  );
});
