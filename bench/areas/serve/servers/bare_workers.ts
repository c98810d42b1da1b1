// Workers that have a `Deno.serve()` with `reusePort` each, and nothing else: the module of the app, and how many.
import { sayListening } from "./listening.ts";
import type { BareOrder } from "./bare_worker.ts";

const [app, count] = Deno.args;
let port = 0;
for (let k = 0; k < Number(count); k++) {
  const worker = new Worker(new URL("./bare_worker.ts", import.meta.url), {
    type: "module",
  });
  port = await new Promise<number>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    const order: BareOrder = { app: app!, port };
    worker.postMessage(order);
  });
}
sayListening({ port });
