import { move } from "npm:piscina@5.3.2";

export { echo, increment } from "./tasks.ts";

/** The answer is moved only if it is marked. */
export function echoMoved(buffer: ArrayBuffer): unknown {
  return move(buffer);
}
