import { expose, Transfer } from "npm:threads@1.7.0/worker";
import { echo, increment } from "./tasks.ts";

expose({
  increment,
  echo,
  echoMoved: (buffer: ArrayBuffer) => Transfer(buffer, [buffer]),
});
