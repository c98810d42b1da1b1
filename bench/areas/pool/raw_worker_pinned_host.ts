import { pinThread } from "../../../topology/mod.ts";
import "./raw_worker_host.ts";

// The name is the processor's id: it is there before any message.
pinThread([Number((globalThis as unknown as { name: string }).name)]);
