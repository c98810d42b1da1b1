/**
 * The TCP server of one worker.
 *
 * @module
 */

import { type Linked, linked } from "../../linked/definition.ts";
import { appIn } from "../app_in.ts";
import type { Listener, ServerKind } from "../server_kind.ts";
import { type ServerShared, WorkerServer } from "../worker_server.ts";
import { listen } from "./acceptor.ts";
import { Connections, type TcpSetting } from "./connections.ts";
import { listenByNode } from "./node_acceptor.ts";
import type { TcpApp } from "./tcp_app.ts";
import type { TcpConfig } from "./tcp_config.ts";

/** The TCP server of one worker. */
export type TcpServer = WorkerServer<TcpApp<unknown>, TcpConfig>;

const TCP: ServerKind<TcpApp<unknown>, TcpConfig> = {
  appIn: (exported, where) => appIn(exported, "connection", where),
  open,
};

/** What each worker has an instance of. Its shared state is made by `launch()`. */
export const tcpServer: Linked<TcpServer> = linked(
  import.meta.url,
  "tcpServer",
  {
    create: (shared: unknown) =>
      new WorkerServer(TCP, shared as ServerShared<TcpConfig>),
    methods: ["listen", "stop", "reopen"],
  },
);

async function open(setting: TcpSetting): Promise<Listener> {
  const acceptor = setting.spread === "relay"
    ? await listenByNode(setting)
    : await listen(setting);
  const connections = new Connections(setting);
  acceptor.accept((connection) => connections.take(connection));
  return {
    addr: acceptor.addr,
    socket: acceptor.socket,
    async stop() {
      await acceptor.close();
      await connections.emptied();
    },
    abort() {
      connections.cut();
    },
  };
}
