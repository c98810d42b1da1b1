// `Deno.serve()` on the starting thread: the module of the app is its argument.
import { sayListening } from "./listening.ts";

const { default: app } = await import(Deno.args[0]!);
Deno.serve(
  { port: 0, hostname: "127.0.0.1", onListen: sayListening },
  app.fetch,
);
