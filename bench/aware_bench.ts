// What it costs to tell values where they live, and to send instances with their class.
import { aware, manualAffinities, relocate } from "../aware/mod.ts";
import { thereAndBack } from "./there_and_back.ts";

const BATCH = 1000;
const [here, there] = manualAffinities([2]);

/** Says that it can be sent, and keeps how often it was told. */
class Point {
  declare readonly "~sendable": true;
  x = 1;
  y = 2;
  label = "a point";
  told = 0;
  relocated(): void {
    this.told++;
  }
  static {
    aware(import.meta.url, Point);
  }
}

const INERT: Record<string, unknown> = {
  "a number": 42.5,
  "64 bytes": new Uint8Array(64),
  "64 MiB": new Uint8Array(2 ** 26),
  "a text of 1 MiB": "x".repeat(2 ** 20),
  "a record with 64 bytes": { id: 1, bytes: new Uint8Array(64) },
  "a record with 64 MiB": { id: 1, bytes: new Uint8Array(2 ** 26) },
};

for (const [name, value] of Object.entries(INERT)) {
  Deno.bench(`relocate() ${name} × ${BATCH}`, {
    group: "inert",
    baseline: name === "a number",
  }, () => {
    for (let k = 0; k < BATCH; k++) relocate(value, here!, there!);
  });
}

const point = new Point();
const points = Array.from({ length: 100 }, () => new Point());

Deno.bench(`relocate() an instance × ${BATCH}`, { group: "told" }, () => {
  for (let k = 0; k < BATCH; k++) relocate(point, here!, there!);
});

Deno.bench(
  `relocate() 100 instances × ${BATCH / 100}`,
  { group: "told" },
  () => {
    for (let k = 0; k < BATCH; k += 100) relocate(points, here!, there!);
  },
);

const SENT: Record<string, unknown> = {
  "one": point,
  "100": points,
};

for (const [count, value] of Object.entries(SENT)) {
  const group = `sending ${count}`;
  const plain = structuredClone(value);
  Deno.bench(`an instance, ${count}, there and back × 100`, {
    group,
    baseline: true,
  }, () => {
    for (let k = 0; k < 100; k++) thereAndBack(value);
  });
  Deno.bench(
    `a plain object, ${count}, there and back × 100`,
    { group },
    () => {
      for (let k = 0; k < 100; k++) thereAndBack(plain);
    },
  );
  Deno.bench(`structuredClone, without the class, ${count} × 100`, {
    group,
  }, () => {
    for (let k = 0; k < 100; k++) structuredClone(plain);
  });
}
