import { assertEquals } from "@std/assert";
import { openMetrics } from "../../mod.ts";
import { serverMetrics, type WorkerServing } from "../../serve/mod.ts";
import { readOpenMetrics } from "../workers/stats/open_metrics_text.ts";

Deno.test("serverMetrics() has what each worker of a server counts", () => {
  const serving = (worker: number, n: number): WorkerServing => ({
    worker,
    state: worker === 0 ? "listening" : "draining",
    connections: n,
    requests: n + 1,
    active: n + 2,
    refused: n + 3,
    errors: n + 4,
    failure: undefined,
  });
  const workers = [serving(0, 10), serving(1, 20)];
  const stats = { workers, requests: 0, active: 0, refused: 0, errors: 0 };
  const families = readOpenMetrics(
    openMetrics(serverMetrics(stats, { server: "shop" })),
  );
  const values = (name: string) =>
    families.get(`kindred_server_${name}`)!.samples.map((
      { labels, value },
    ) => [labels.server, labels.worker, value]);
  for (
    const name of [
      "connections",
      "requests",
      "active",
      "refused",
      "errors",
    ] as const
  ) {
    assertEquals(values(name), [
      ["shop", "0", workers[0]![name]],
      ["shop", "1", workers[1]![name]],
    ]);
  }
  assertEquals(values("listening"), [["shop", "0", 1], ["shop", "1", 0]]);
  assertEquals(families.get("kindred_server_active")!.type, "gauge");
  assertEquals(families.get("kindred_server_requests")!.type, "counter");
});
