/**
 * The module that runs in each worker. It imports what it needs and nothing
 * more, since every worker pays for it.
 *
 * @module
 */

import { Host, type HostScope } from "./host/host.ts";
import { type ControlMessage, RING } from "./life/control.ts";

interface WorkerScope extends HostScope {
  addEventListener(
    type: "message",
    listener: (event: MessageEvent<ControlMessage>) => void,
  ): void;
}

const scope = globalThis as unknown as WorkerScope;
// Before the first await, or messages are lost. Modules that workers import may
// set `onmessage`, and must not make the host deaf.
scope.addEventListener("message", (event) => receive(event.data));

let host: Host | undefined;

function receive(message: ControlMessage): void {
  if (message === RING) host?.ring();
  else if (message.type === "boot") {
    host = new Host(message, scope);
    host.boot();
  } else host?.control(message);
}
