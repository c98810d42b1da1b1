// Portable values to bytes and back, against what else there is.
import { thereAndBack } from "./there_and_back.ts";

const BATCH = 100;

const VALUES: Record<string, unknown> = {
  "a number": 42.5,
  "the small object": { a: 1, b: "two", c: [1, 2, 3] },
  "a string of 1 KiB": "x".repeat(1024),
  "1 KiB of bytes": new Uint8Array(1024).fill(7),
  "100 records": Array.from({ length: 100 }, (_, id) => ({
    id,
    name: `record ${id}`,
    tags: ["a", "b"],
    score: id / 7,
  })),
};

for (const [name, value] of Object.entries(VALUES)) {
  Deno.bench(`encode and decode ${name} × ${BATCH}`, {
    group: name,
    baseline: true,
  }, () => {
    for (let k = 0; k < BATCH; k++) thereAndBack(value);
  });

  // What is no object comes out of it as it went in: nothing is cloned.
  if (typeof value === "object") {
    Deno.bench(`structuredClone of ${name} × ${BATCH}`, { group: name }, () => {
      for (let k = 0; k < BATCH; k++) structuredClone(value);
    });
  }

  // It does not know bytes.
  if (!(value instanceof Uint8Array)) {
    Deno.bench(`JSON, there and back, ${name} × ${BATCH}`, {
      group: name,
    }, () => {
      for (let k = 0; k < BATCH; k++) JSON.parse(JSON.stringify(value));
    });
  }
}
