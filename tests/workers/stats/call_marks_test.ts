import { assert, assertEquals } from "@std/assert";
import { CallObserver } from "../../../workers/telemetry/call_observer.ts";

const CALL = { family: "marked", method: "hit", worker: 1 };

function marks(): PerformanceMeasure[] {
  return performance.getEntriesByName(
    "kindred:marked.hit",
    "measure",
  ) as PerformanceMeasure[];
}

Deno.test("CallObserver adds calls to the timeline as long as anybody wants that", () => {
  performance.clearMeasures("kindred:marked.hit");
  const observer = new CallObserver({ telemetry: false });
  assertEquals(observer.active, false);
  observer.begin(CALL).done();
  assertEquals(marks(), []);
  {
    using _one = observer.marks.want();
    const other = observer.marks.want();
    observer.begin(CALL).done();
    other[Symbol.dispose]();
    other[Symbol.dispose](); // counts once
    assert(observer.active);
    const call = observer.begin(CALL);
    assertEquals(call.context, undefined);
    call.failed(new Error("no"));
  }
  assertEquals(observer.active, false);
  observer.begin(CALL).done();
  assertEquals(marks().map(({ detail }) => detail), [
    { worker: 1, ok: true },
    { worker: 1, ok: false },
  ]);
  for (const { duration } of marks()) assert(duration >= 0 && duration < 5000);
  performance.clearMeasures("kindred:marked.hit");
});

Deno.test("CallObserver names a mark after the task, if it is one", () => {
  const observer = new CallObserver({ telemetry: false });
  using _ = observer.marks.want();
  for (const method of ["resize images", ""]) {
    observer.begin({ family: undefined, method, worker: undefined }).done();
  }
  for (const name of ["kindred:resize images", "kindred:anonymous"]) {
    assertEquals(performance.getEntriesByName(name).length, 1);
    performance.clearMeasures(name);
  }
});
