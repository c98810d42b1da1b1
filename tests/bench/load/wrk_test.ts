import { assertEquals, assertThrows } from "@std/assert";
import { parseWrk } from "../../../bench/load/wrk.ts";

const SAID = `Running 1s test @ http://127.0.0.1:8000/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   262.14us   60.89us   1.87ms   84.41%
    Req/Sec   122.06k     5.14k  129.28k    72.73%
  Latency Distribution
     50%  250.00us
     75%  282.00us
     90%  318.00us
     99%    1.25s
  133487 requests in 1.10s, 20.24MB read
Requests/sec: 121352.61
Transfer/sec:     18.40MB
`;

Deno.test("parseWrk() reads requests, and latencies in milliseconds", () => {
  assertEquals(parseWrk(SAID), {
    requests: 133_487,
    requestsPerSecond: 121_352.61,
    p50: 0.25,
    p99: 1250,
  });
});

Deno.test("parseWrk() refuses runs with errors, and what it cannot read", () => {
  for (
    const line of [
      "  Socket errors: connect 0, read 3, write 0, timeout 0\n",
      "  Non-2xx or 3xx responses: 7\n",
    ]
  ) assertThrows(() => parseWrk(SAID + line), Error, line.trim());
  assertThrows(() => parseWrk("unable to connect"), Error, "unable to connect");
  assertThrows(() => parseWrk("  0 requests in 1.00s"), Error, "no answer");
});
