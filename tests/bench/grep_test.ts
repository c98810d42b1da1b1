import { assert } from "@std/assert";
import { scenarios } from "../../bench/areas/grep/area.ts";
import { hasGnuGrep } from "../../examples/grep/gnu_grep.ts";

const ignore = !await hasGnuGrep();
const SIZE = { files: 50, lines: 20, largeLines: 50_000 };

for (const { name, subjects } of await scenarios(SIZE)) {
  for (const { name: subject, setup } of subjects) {
    Deno.test(`grep/${name}: ${subject} finds what GNU grep finds`, {
      ignore,
      timeout: 60_000,
    }, async () => {
      const running = await setup();
      try {
        const count = await running.run(2);
        assert(typeof count === "number" && count >= 2);
        await running.check!();
      } finally {
        await running.close();
      }
    });
  }
}
