import { assertEquals } from "@std/assert";
import { openMetrics, queueMetrics, TaskQueue } from "../../mod.ts";
import { readOpenMetrics } from "../workers/stats/open_metrics_text.ts";

Deno.test("queueMetrics() has the places and batches of each queue", async () => {
  const stopped = Promise.withResolvers<void>();
  const slow = new TaskQueue<number, number>(async (batch) => {
    const bound = batch.bound();
    await stopped.promise;
    return bound.map((n) => n);
  }, { maxBatch: 2, capacity: 64 });
  const quick = new TaskQueue<number, number>((batch) =>
    batch.bound().map((n) => n)
  );
  await quick.pushMany([1, 2, 3]);
  const waiting = Array.from({ length: 70 }, (_, n) => slow.push(n));
  const stats = { slow: slow.stats(), quick: quick.stats() };
  const families = readOpenMetrics(openMetrics(queueMetrics(stats)));
  for (const [queue, of] of Object.entries(stats)) {
    const value = (family: string, suffix = "") =>
      families.get(`kindred_queue_${family}`)!.samples.find(
        ({ name, labels }) =>
          name === `kindred_queue_${family}${suffix}` &&
          labels.queue === queue && Object.keys(labels).length === 1,
      )?.value;
    assertEquals(value("held"), of.held);
    assertEquals(value("capacity"), of.capacity);
    assertEquals(value("in_line"), of.inLine);
    assertEquals(value("processors_running"), of.running);
    assertEquals(value("batch_size_tasks", "_count"), of.batches.count);
    assertEquals(value("batch_size_tasks", "_sum"), of.batches.tasks);
  }
  assertEquals(stats.slow.inLine > 0, true);
  assertEquals(stats.quick.batches.tasks, 3);
  stopped.resolve();
  await Promise.all(waiting);
});
