// Node's own way: so many processes behind one port, by `node:cluster`. Arguments: the name of the app, and how many.
// Node 20 reads no TypeScript, so the apps stand here once more.
import cluster from "node:cluster";
import { createServer } from "node:http";
import process from "node:process";

const [, , name, count] = process.argv;
const turns = Number(process.env.KINDRED_TURNS);

function grind() {
  let x = turns;
  for (let k = 0; k < turns; k++) x = Math.imul(x, 1664525) + 1013904223 | 0;
  return x;
}

const apps = {
  hello: () => "Hello, world!",
  work: () => `${grind()}`,
  who: () => `${process.pid}`,
};

if (cluster.isPrimary) {
  const ports = Array.from(
    { length: Number(count) },
    () =>
      new Promise((resolve) => {
        cluster.fork().once("listening", ({ port }) => resolve(port));
      }),
  );
  const [port] = await Promise.all(ports);
  const pids = Object.values(cluster.workers).map((worker) =>
    worker.process.pid
  );
  console.log(
    `Listening on http://127.0.0.1:${port}/ processes ${pids.join(", ")}`,
  );
} else {
  const app = apps[name];
  createServer((_, response) => {
    const body = app();
    response.setHeader("content-type", "text/plain;charset=UTF-8");
    response.setHeader("content-length", body.length);
    response.end(body);
  }).listen(0, "127.0.0.1");
}
