/**
 * How a thread asks for jobs in a runtime.
 *
 * @module
 */

import { homeOf } from "../../workers/local/current_home.ts";
import { portOf, RuntimeFace } from "../../workers/runtime/runtime_face.ts";
import { ThreadTasks } from "../../workers/tasks/thread_tasks.ts";

/**
 * What asks the workers of a runtime.
 *
 * @param runtime The id of the runtime's commons.
 * @throws {TypeError} If this thread is none of that runtime.
 */
export function linePortIn(runtime: string): ThreadTasks {
  const face = homeOf(runtime)?.face;
  const port = face instanceof RuntimeFace ? portOf(face) : undefined;
  if (port instanceof ThreadTasks) return port;
  throw new TypeError(
    "Cannot receive object as this thread is none of its runtime, or that is closed",
  );
}
