import { assert, assertRejects } from "@std/assert";
import { PAYLOADS, pool } from "../../bench/areas/pool/area.ts";
import { check } from "../../bench/areas/pool/check.ts";
import { PEERS } from "../../bench/areas/pool/peers.ts";
import type { Layout, Peer } from "../../bench/areas/pool/peer.ts";
import { start } from "../../bench/areas/pool/same_thread.ts";

const LAYOUTS: readonly Layout[] = [
  { name: "one-worker", workers: 1, processor: undefined },
  { name: "two-workers", workers: 2, processor: undefined },
];

for (const layout of LAYOUTS) {
  for (const [name, load] of PEERS) {
    Deno.test(
      `peer ${name}, ${layout.name}: every answer is right`,
      { timeout: 20_000 },
      async () => {
        const peer = await (await load())(layout);
        try {
          await check(peer, PAYLOADS);
        } finally {
          await peer.close();
        }
      },
    );
  }
}

Deno.test("check() finds answers that are wrong", async () => {
  const right: Peer = await start(LAYOUTS[0]!);
  const wrong: Partial<Peer>[] = [
    { increment: (x) => Promise.resolve(x) },
    { echo: <T>(value: T) => Promise.resolve({ ...value }) },
    {
      echo: <T>(value: T) =>
        Promise.resolve(
          value instanceof Uint8Array ? value.subarray(1) as T : value,
        ),
    },
    { echoMoved: (bytes) => Promise.resolve(bytes) },
  ];
  await check(right, PAYLOADS);
  for (const door of wrong) {
    await assertRejects(() => check({ ...right, ...door }, PAYLOADS));
  }
});

Deno.test("pool.scenarios() asks a part of its questions where there is little time", async () => {
  const all = (await pool.scenarios(false)).map(({ name }) => name);
  const some = (await pool.scenarios(true)).map(({ name }) => name);
  assert(some.length > 0 && some.length < all.length);
  assert(some.every((name) => all.includes(name)));
});
