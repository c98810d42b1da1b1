import { ThreadWorker } from "npm:poolifier@5.3.2";
import { echo, increment } from "./tasks.ts";

// It listens by itself.
new ThreadWorker({
  increment: (x?: number) => increment(x!),
  echo: (value?: unknown) => echo(value),
});
