import { expose, transfer } from "npm:comlink@4.4.2";
import type { Bytes } from "./peer.ts";
import { echo, increment } from "./tasks.ts";

export interface Exposed {
  increment(x: number): number;
  echo<T>(value: T): T;
  echoMoved(bytes: Bytes): Bytes;
}

expose(
  {
    increment,
    echo,
    echoMoved: (bytes) => transfer(bytes, [bytes.buffer]),
  } satisfies Exposed,
);
