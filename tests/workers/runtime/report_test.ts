import { assertEquals } from "@std/assert";
import { Post } from "../../../workers/crew/post.ts";
import { RuntimeReport } from "../../../workers/runtime/report.ts";

Deno.test("RuntimeReport says in words what memory of a worker is not where it should be, and of no other one", () => {
  const failures = ["not bound to node 1: mbind fails with EPERM", undefined];
  const workers = failures.map((placementFailure, index) => {
    const post = new Post(index, index);
    post.state = "running";
    post.ready = {
      type: "ready",
      threadId: 70 + index,
      affinity: [index],
      pinningFailure: undefined,
      placementFailure,
    };
    return post.report();
  });
  const report = new RuntimeReport({
    mode: "threads",
    workers,
    missing: [],
    source: "a test",
    notes: [],
  });
  assertEquals(
    workers.map(({ placementFailure }) => placementFailure),
    failures,
  );
  const [, first, second] = String(report).split("\n");
  assertEquals(
    [first, second],
    [
      "worker 0: running, pinned to processor 0, memory not bound to node 1: mbind fails with EPERM, thread 70",
      "worker 1: running, pinned to processor 1, thread 71",
    ],
  );
});
