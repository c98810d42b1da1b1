import { assert, assertEquals, assertRejects } from "@std/assert";
import { ServerProcess } from "../../../bench/load/server_process.ts";

const timeout = 30_000;
const ignore = Deno.build.os !== "linux";

function says(line: string, then = ""): { args: string[] } {
  return { args: ["eval", `console.log(${JSON.stringify(line)});${then}`] };
}

const STAYS = "setTimeout(() => {}, 60_000);";

Deno.test(
  "ServerProcess.start() waits for the line that names the port, and the processes",
  { timeout, ignore },
  async () => {
    await using server = await ServerProcess.start(
      says("Listening on http://127.0.0.1:1234/", STAYS),
    );
    assertEquals(server.port, 1234);
    assertEquals(server.pids.length, 1);
    assert(server.processorTime() > 0);
    await using several = await ServerProcess.start(
      says("at http://127.0.0.1:8/ processes 12, 13", STAYS),
    );
    assertEquals(several.pids.slice(1), [12, 13]);
  },
);

Deno.test(
  "ServerProcess.start() refuses one that ends or does not listen in time",
  { timeout, ignore },
  async () => {
    await assertRejects(
      () => ServerProcess.start(says("no port")),
      Error,
      "no port",
    );
    await assertRejects(
      () => ServerProcess.start({ ...says("slow one", STAYS), patience: 1000 }),
      Error,
    );
    await assertRejects(
      () => ServerProcess.start({ program: "/no/such/program", args: [] }),
      Deno.errors.NotFound,
    );
  },
);

Deno.test(
  "ServerProcess.says() looks behind what it was told to, and signals end it",
  { timeout, ignore },
  async () => {
    await using server = await ServerProcess.start(
      says(
        "http://127.0.0.1:1/",
        `Deno.addSignalListener("SIGUSR1", () => console.log("again"));
       Deno.addSignalListener("SIGTERM", () => { console.error("end"); Deno.exit(3); });
       console.log("again");${STAYS}`,
      ),
    );
    await server.says(/again\n/);
    const { length } = server.output;
    server.signal("SIGUSR1");
    await server.says(/again\n/, { after: length });
    server.signal("SIGTERM");
    const { code, output } = await server.ended;
    assertEquals([code, output.endsWith("end\n")], [3, true]);
    await assertRejects(() => server.says(/never/), Error);
    server.signal("SIGTERM");
  },
);
