import { assert, assertEquals } from "@std/assert";
import { nodesOf, par, pinThread, Runtime } from "../../mod.ts";
import { planOf } from "../../parallel/consumers.ts";
import { PlacedClaims } from "../../parallel/run/placed_claims.ts";
import { nodeHere, placesOf } from "../../parallel/run/places.ts";
import { MACHINE } from "./machine.ts";
import { farNodes } from "./nodes_with_processors.ts";
import { firstTaken } from "./placed_part.ts";

/** In bytes: more than a huge page on each node. */
const SIZE = 2 ** 24;

Deno.test({
  name:
    "a plan begins on each node with the memory that lies there (in the machine asymmetric of deno task test:numa)",
  ignore: MACHINE?.name !== "asymmetric",
  timeout: 180_000,
  async fn() {
    const ends = farNodes();
    await using runtime = await Runtime.start({
      processors: ends.map(({ processors }) => processors.first!.id),
    });
    const buffer = new SharedArrayBuffer(SIZE, { maxByteLength: SIZE });
    const numbers = new Float64Array(buffer, 0, SIZE / 8);
    for (const worker of ends.keys()) {
      // Pages come from the node of the thread that writes to them first.
      await runtime.on(worker).spawn(
        (buffer: SharedArrayBuffer, from: number, count: number) => {
          new Float64Array(buffer, from, count).fill(1);
        },
        buffer,
        worker * SIZE / 2,
        SIZE / 16,
      );
    }
    assertEquals(new Set(nodesOf(buffer)), new Set(ends.map(({ id }) => id)));
    const plan = par(numbers, { runtime, eager: true });
    const places = placesOf(planOf(plan).node, 0)!;
    assertEquals(places.map(({ node }) => node), ends.map(({ id }) => id));
    const claims = PlacedClaims.makePlaced(places, 2);
    for (const [worker, { node, from, to }] of places.entries()) {
      const taken = await runtime.on(worker).spawn(firstTaken, claims.handle);
      assertEquals(taken.node, node);
      assert(from <= taken.from && taken.from < to);
    }
    claims.release();
    for (const { id, processors } of ends) {
      using _pin = pinThread(processors);
      assertEquals(nodeHere(), id);
      assertEquals(await plan.sum(), SIZE / 8);
      assertEquals(await plan.findFirst((x) => x === 1), 1);
    }
  },
});
