import { Transfer, worker } from "npm:workerpool@10.0.3";
import { echo, increment } from "./tasks.ts";

worker({
  increment,
  echo,
  echoMoved: (buffer: ArrayBuffer) => new Transfer(buffer, [buffer]),
});
