/**
 * Serves the chat on every core.
 *
 * ```sh
 * deno run -A --unstable-net examples/line_protocol/main.ts
 * nc 127.0.0.1 7000
 * ```
 *
 * @module
 */

import { serveTcp } from "../../serve/mod.ts";
import { chat } from "./chat.ts";
import type { ChatFamilies } from "./chat_app.ts";

if (import.meta.main) {
  const stop = new AbortController();
  Deno.addSignalListener("SIGINT", () => stop.abort());
  const server = await serveTcp<ChatFamilies>(
    new URL("chat_app.ts", import.meta.url),
    {
      port: 7000,
      hostname: "127.0.0.1",
      families: { chat },
      signal: stop.signal,
    },
  );
  console.log(`${server.runtime.size} workers serve`, server.addr);
  await server.finished;
}
