import { ThreadWorker } from "npm:poolifier-web-worker@0.5.15";
import { echo, increment } from "./tasks.ts";

// It listens by itself.
new ThreadWorker({
  increment: (x?: number) => increment(x!),
  echo: (value?: unknown) => echo(value),
});
