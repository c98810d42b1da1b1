import { Tinypool } from "npm:tinypool@2.2.0";

export { echo, increment } from "./tasks.ts";

/** The answer is moved only if it is marked. */
export function echoMoved(buffer: ArrayBuffer): unknown {
  return Tinypool.move(buffer);
}
