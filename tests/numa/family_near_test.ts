import { assertEquals } from "@std/assert";
import { type Family, pinThread, Runtime } from "../../mod.ts";
import { MACHINE } from "./machine.ts";
import { nodesWithProcessors } from "./nodes_with_processors.ts";
import { type Placed, placed } from "./placed.ts";

Deno.test({
  name:
    "Family.near() calls a worker on that node, and on the caller's own by default (in the machine asymmetric of deno task test:numa)",
  ignore: MACHINE?.name !== "asymmetric",
  timeout: 180_000,
  async fn() {
    const nodes = nodesWithProcessors();
    const places = nodes.map(({ processors }) => [processors.first!.id]);
    await using runtime = await Runtime.start({ processors: places.flat() });
    const family = await runtime.link(placed.family());
    assertEquals(
      await Promise.all(nodes.map(({ id }) => family.near(id).processors())),
      places,
    );
    for (const [index, { processors }] of nodes.entries()) {
      using _pin = pinThread(processors);
      assertEquals(await family.near().processors(), places[index]);
      const there = await runtime.on(index).spawn(
        (given: unknown) => (given as Family<Placed>).near().processors(),
        family,
      );
      assertEquals(there, places[index]);
    }
  },
});
