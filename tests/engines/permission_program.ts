// Prints where its calls run, and what the runtime says is missing for threads.
import { Runtime } from "../../mod.ts";
import { member } from "./engine_family.ts";

await using runtime = await Runtime.start({ workers: 1 });
const family = await runtime.link(member);
const total = await family.on(0).add(1);
const { mode, missing } = runtime.report();
const grant = missing.find(({ what }) => what === "worker threads")?.grant;
console.log(JSON.stringify([total, mode, grant ?? "nothing"]));
