/**
 * The family of what the workers of a runtime do for shared queues.
 *
 * @module
 */

import { type Linked, linked } from "../../linked/definition.ts";
import { QueueHost } from "./queue_host.ts";
import "./shared_background_queue.ts"; // so that queues can arrive
import "./shared_batch_reducer.ts";
import "./shared_task_queue.ts";

/** One on each worker. */
export const queueHosts: Linked<QueueHost> = linked(
  import.meta.url,
  "queueHosts",
  { create: (_shared, { siblings }) => new QueueHost(siblings), reserve: 1024 },
);
