// Ours: the module of the app, and how many workers.
import { serve } from "../../../../serve/mod.ts";
import { sayListening } from "./listening.ts";

const [app, workers] = Deno.args;
const { addr } = await serve(app!, {
  port: 0,
  hostname: "127.0.0.1",
  workers: Number(workers),
});
sayListening(addr as Deno.NetAddr);
