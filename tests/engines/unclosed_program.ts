// Starts a runtime, calls it, and leaves it open: the program must end by itself.
import { Runtime } from "../../mod.ts";
import { member } from "./engine_family.ts";

const runtime = await Runtime.start({ workers: 1 });
const family = await runtime.link(member);
console.log(await family.on(0).add(1));
