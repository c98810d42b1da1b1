/**
 * The WebSockets of a worker: Deno cuts them when a server shuts down, so they are closed
 * before.
 *
 * @module
 */

/** 1001, "going away". */
const GOING_AWAY = 1001;

type Upgrade = typeof Deno.upgradeWebSocket;

/** Those of one server. */
export interface OpenSockets {
  /** A request came to this server. */
  note(request: Request): void;
  /** Closes them, and what is opened later. Resolves when the other sides have done so, too. */
  close(): Promise<void>;
  /** Waits for none of them any more, and follows no others. */
  cut(): void;
}

type Tracker = (socket: WebSocket) => void;

const trackers = new Set<Tracker>();
/** Whose requests are, where there are several servers. */
const owners = new WeakMap<Request, Tracker>();
let original: Upgrade | undefined;

/**
 * Follows what this thread upgrades, whoever calls `Deno.upgradeWebSocket()`: also a
 * framework.
 */
export function trackSockets(): OpenSockets {
  const open = new Set<WebSocket>();
  let emptied = Promise.withResolvers<void>();
  let isClosing = false;
  let isCut = false;
  const track: Tracker = (socket) => {
    open.add(socket);
    socket.addEventListener("close", () => {
      open.delete(socket);
      if (isClosing && open.size === 0) emptied.resolve();
    });
    if (isClosing) socket.addEventListener("open", () => leave(socket));
  };
  watchUpgrades(track);
  return {
    note(request) {
      if (trackers.size > 1) owners.set(request, track);
    },
    async close() {
      isClosing = true;
      for (const socket of open) leave(socket);
      if (open.size === 0 || isCut) return;
      emptied = Promise.withResolvers();
      await emptied.promise;
    },
    cut() {
      isCut = true;
      unwatchUpgrades(track);
      emptied.resolve();
    },
  };
}

function leave(socket: WebSocket): void {
  if (socket.readyState === WebSocket.CONNECTING) {
    socket.addEventListener("open", () => leave(socket));
  } else socket.close(GOING_AWAY, "the server stops");
}

function watchUpgrades(tracker: Tracker): void {
  trackers.add(tracker);
  if (original !== undefined) return;
  const upgrade = original = Deno.upgradeWebSocket;
  Deno.upgradeWebSocket = (request, options) => {
    const upgraded = upgrade(request, options);
    const owner = owners.get(request);
    for (const tracker of owner === undefined ? trackers : [owner]) {
      tracker(upgraded.socket);
    }
    return upgraded;
  };
}

function unwatchUpgrades(tracker: Tracker): void {
  trackers.delete(tracker);
  if (trackers.size > 0 || original === undefined) return;
  Deno.upgradeWebSocket = original;
  original = undefined;
}
