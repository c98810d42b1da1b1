import { assert, assertEquals, assertMatch } from "@std/assert";
import { runProgram } from "../../support/run_program.ts";

const program = new URL("fixtures/deno_telemetry.ts", import.meta.url);

Deno.test("With OTEL_DENO traces go on in a worker, and stats are metrics", {
  timeout: 60_000,
}, async () => {
  const { code, stdout, stderr } = await runProgram({ file: program }, {
    permissions: ["-A"],
    env: {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "console",
      OTEL_METRIC_EXPORT_INTERVAL: "200",
      OTEL_TRACES_SAMPLER: "always_on",
    },
  });
  assertEquals(code, 0, stderr);
  // deno-lint-ignore no-control-regex -- colours that the exporter always has
  const said = (stdout + stderr).replaceAll(/\x1b\[[0-9;]*m/g, "");
  const spans = [
    ...said.matchAll(
      /^SPAN (\S+) \[(\w+)\/(\w+)\] (\w+)[^\n]*(?:\n {2}parent: (\w+))?/gm,
    ),
  ].map(([, name, trace, id, kind, parent]) => ({
    name,
    trace,
    id,
    kind,
    parent,
  }));
  const find = (name: string, kind: string) => {
    const span = spans.find((each) => each.name === name && each.kind === kind);
    assert(span !== undefined, `${name} in\n${said}`);
    return span;
  };
  const request = find("request", "Internal");
  const call = find("traced.run", "Client");
  const run = find("traced.run", "Server");
  const inner = find("inner", "Internal");
  assertEquals(call.parent, request.id);
  assertEquals(run.parent, call.id);
  assertEquals(inner.parent, run.id);
  assertEquals(
    new Set([request, call, run, inner].map(({ trace }) => trace)).size,
    1,
  );
  const counting = find("traced.count", "Client");
  const counted = find("traced.count", "Server");
  assertEquals(counting.parent, request.id);
  assertEquals(counted.parent, counting.id);
  assertEquals(find("between", "Internal").parent, counted.id);
  assertEquals(find("sum", "Server").trace, find("sum", "Client").trace);
  assertMatch(said, /METRIC kindred\.tasks /);
  assertMatch(said, /kindred\.outcome=done[^}]*\} value=4/);
});
