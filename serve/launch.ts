/**
 * Starting a server: its address is tried, its workers are started, and each of them
 * listens; or nothing is left behind.
 *
 * @module
 */

import type { Linked } from "../linked/definition.ts";
import type { Family } from "../linked/family.ts";
import { LocalFamily } from "../linked/local_family.ts";
import { Mutex } from "../sync/lock/mutex.ts";
import { RuntimeClosedError } from "../workers/errors.ts";
import { Runtime } from "../workers/runtime/runtime.ts";
import type { AppAddress } from "./app_address.ts";
import { Board } from "./board.ts";
import { checkListenOptions } from "./check_options.ts";
import { Orders } from "./order.ts";
import { RunningServer } from "./running_server.ts";
import type { ListenOptions } from "./serve_options.ts";
import { spreadOver } from "./share_address.ts";
import { tryAddress } from "./try_address.ts";
import type { RemoteServer, ServerShared } from "./worker_server.ts";

/** As many workers as a registry has threads. */
const MOST_WORKERS = 1024;

/** For how long what is under way may go on at the end by default, in ms. */
const SHUTDOWN_TIMEOUT = 10_000;

/** How long a worker may let nothing else have its turn by default, in ms. */
const STALL_TIMEOUT = 30_000;

/** The port, unless another one is told. */
const DEFAULT_PORT = 8000;

/** A server to be started. */
export interface Launch<F, C> {
  /** What each worker has an instance of: a `WorkerServer`. */
  readonly definition: Linked<RemoteServer>;
  /** What it serves. */
  readonly app: AppAddress;
  /** Where, and on which workers. */
  readonly options: ListenOptions<F>;
  /** What the servers of the workers need to know besides; plain data. */
  readonly config: C;
}

/**
 * Starts a server on all workers of a runtime.
 *
 * @throws As `serve()`.
 */
export async function launch<F, C>(
  { definition, app, options, config }: Launch<F, C>,
): Promise<RunningServer> {
  checkListenOptions(options);
  const { signal, path, workers, shutdownTimeout = SHUTDOWN_TIMEOUT } = options;
  const { stallTimeout = STALL_TIMEOUT } = options;
  signal?.throwIfAborted();
  await tryAddress(options);
  const isOwn = options.runtime === undefined;
  const runtime = options.runtime ??
    await Runtime.start(workers === undefined ? {} : { workers });
  let server: RunningServer | undefined;
  try {
    const orders = new Orders({
      phase: "waiting",
      app,
      port: path === undefined ? options.port ?? DEFAULT_PORT : undefined,
    });
    const board = Board.allocate(MOST_WORKERS);
    const spread = spreadOver(runtime, path);
    const hasMaxHeap = runtime.stats().workers[0]?.heap.max !== undefined;
    const shared: ServerShared<C> = {
      config,
      spread,
      families: await linkAll(runtime, options.families),
      board: board.slice,
      most: board.most,
      orders: orders.handle,
      shutdownTimeout,
      hasMaxHeap,
      lock: new Mutex(),
    };
    const family = await runtime.link(new LocalFamily(definition, shared));
    const parts = { runtime, isOwn, family, orders, board, spread, path };
    const times = { shutdownTimeout, stallTimeout };
    server = new RunningServer({ ...parts, ...times, hasMaxHeap });
    signal?.throwIfAborted();
    if (signal !== undefined) server.follow(signal);
    const over = server.finished.then(() => {
      throw new RuntimeClosedError("serve");
    });
    await Promise.race([server.open(), over]);
    signal?.throwIfAborted();
    options.onListen?.(server.addr);
    return server;
  } catch (error) {
    const end = server?.shutdown({ timeout: 0 }) ??
      (isOwn ? runtime.close() : undefined);
    await end?.catch(() => {});
    throw signal?.aborted ? signal.reason : error;
  }
}

/** Makes the instances of families on all workers. */
async function linkAll<F>(
  runtime: Runtime,
  families: ListenOptions<F>["families"],
): Promise<Record<string, Family<object>>> {
  const linked: Record<string, Family<object>> = {};
  for (const [name, family] of Object.entries(families ?? {})) {
    linked[name] = await runtime.link(family as Linked<object>);
  }
  return linked;
}
