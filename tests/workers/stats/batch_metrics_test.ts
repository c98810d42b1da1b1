import { assertEquals } from "@std/assert";
import { openMetrics } from "../../../mod.ts";
import { batchMetrics } from "../../../workers/stats/batch_metrics.ts";
import { BatchStats } from "../../../workers/stats/batch_stats.ts";
import { readOpenMetrics } from "./open_metrics_text.ts";

Deno.test("openMetrics() writes batches of which the first one is just being counted", () => {
  const batches = new BatchStats({
    sizes: { buckets: [1], sum: 0, longest: 0 },
    waits: { buckets: [], sum: 0, longest: 0 },
    room: 0,
  });
  const text = openMetrics(batchMetrics("jobs", [{ batches, labels: {} }]));
  const { samples } = readOpenMetrics(text).get("jobs_room_tasks")!;
  assertEquals(samples.map(({ value }) => value), [0]);
});
