/**
 * The HTTP server of one worker.
 *
 * @module
 */

import { type Linked, linked } from "../../linked/definition.ts";
import type { HttpApp } from "../app.ts";
import { appIn } from "../app_in.ts";
import type { ServerKind } from "../server_kind.ts";
import { type ServerShared, WorkerServer } from "../worker_server.ts";
import type { HttpConfig } from "./http_config.ts";
import { openHttp } from "./open_http.ts";

/** The HTTP server of one worker. */
export type HttpServer = WorkerServer<HttpApp<unknown>, HttpConfig>;

const HTTP: ServerKind<HttpApp<unknown>, HttpConfig> = {
  appIn: (exported, where) => appIn(exported, "fetch", where),
  open: openHttp,
};

/** What each worker has an instance of. Its shared state is made by `launch()`. */
export const httpServer: Linked<HttpServer> = linked(
  import.meta.url,
  "httpServer",
  {
    create: (shared: unknown) =>
      new WorkerServer(HTTP, shared as ServerShared<HttpConfig>),
    methods: ["listen", "stop", "reopen"],
  },
);
