// The same modules as a worker of a runtime has: nobody tells it to boot.
import "../../../workers/host.ts";

(globalThis as unknown as { postMessage(message: string): void })
  .postMessage("ready");
