/**
 * What users of select() and of hot paths rely on, for every kind of channel.
 */

import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { Channel, select } from "../../../sync/mod.ts";
import { KINDS } from "./channel_flavors.ts";

const COUNT = 2000;

for (const { name, make, holds } of KINDS) {
  if (!holds) continue;

  Deno.test(`Channel ${name} fairness: no receiver is passed over (U8)`, () => {
    const ends = [make(COUNT), make(COUNT)].map((channel) => {
      const tx = channel.sender();
      for (let k = 0; k < COUNT; k++) tx.send(k);
      return [channel.receiver(), tx] as const;
    });
    const hits = [0, 0];
    for (let k = 0; k < COUNT; k++) {
      const { key } = select([ends[0]![0], ends[1]![0]]);
      hits[Number(key)]!++;
    }
    for (const hit of hits) assertGreater(hit, COUNT / 4);
  });

  Deno.test(`Channel ${name} fairness_duplicates: nor if it stands there often (U8)`, () => {
    const channel = make(COUNT);
    const tx = channel.sender();
    const rx = channel.receiver();
    for (let k = 0; k < COUNT; k++) tx.send(k);
    const hits = [0, 0, 0, 0, 0];
    for (let k = 0; k < COUNT; k++) {
      const { key, value } = select([rx, rx, rx, rx, rx]) as {
        key: number;
        value: number;
      };
      assertEquals(value, k);
      hits[Number(key)]!++;
    }
    for (const hit of hits) assertGreater(hit, COUNT / 10);
  });
}

Deno.test("Channel: integers are sent and received without allocation", () => {
  const messages = 100_000;
  for (
    const options of [{ capacity: 64 }, { capacity: 64, single: true }, {}]
  ) {
    const channel = new Channel("i32", options);
    const [tx, rx] = [channel.sender(), channel.receiver()];
    const run = () => {
      for (let k = 0; k < messages; k++) {
        tx.send(k);
        if (rx.recv() !== k) throw new Error(`another message than ${k}`);
      }
    };
    // Until it is compiled; a collection may come in between.
    let least = Infinity;
    for (let round = 0; round < 8; round++) {
      const before = Deno.memoryUsage().heapUsed;
      run();
      const grown = Deno.memoryUsage().heapUsed - before;
      if (grown >= 0) least = Math.min(least, grown);
    }
    // An object for each would be a megabyte and more.
    assertLess(least, messages);
  }
});
