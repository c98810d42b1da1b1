/**
 * The module that runs in each worker. It imports what it needs and nothing
 * more, since every worker pays for it.
 *
 * @module
 */

import { scope } from "./engine/worker_scope.ts";
import { Host } from "./host/host.ts";
import { type ControlMessage, RING } from "./life/control.ts";

scope.listen((message) => receive(message as ControlMessage));

let host: Host | undefined;

function receive(message: ControlMessage): void {
  if (message === RING) host?.ring();
  else if (message.type === "boot") {
    host = new Host(message, scope);
    host.boot();
  } else host?.control(message);
}
