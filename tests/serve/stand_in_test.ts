import { assert, assertEquals } from "@std/assert";
import { askForStandIn } from "../../serve/ask_stand_in.ts";
import { Board } from "../../serve/board.ts";
import { Runtime } from "../../workers/mod.ts";
import { explore } from "../model/explorer.ts";
import {
  app,
  APPS,
  askText,
  connectTo,
  serveHere,
  until,
  urlOf,
} from "./serving.ts";

const timeout = 60_000;

Deno.test("askForStandIn() resolves with an answer", { timeout }, async () => {
  for (const answer of ["there", "refused"] as const) {
    const board = Board.allocate(2);
    const part = board.at(0);
    part.say("listening");
    const answered = askForStandIn(board, 0, 2);
    assertEquals(part.standIn, "asked");
    part.turnStandIn("asked", answer);
    await answered;
    assertEquals(part.standIn, answer);
  }
});

Deno.test("askForStandIn() goes on where nobody answers", {
  timeout,
}, async () => {
  const board = Board.allocate(1);
  board.at(0).say("listening");
  await askForStandIn(board, 0, 1);
  assertEquals(board.at(0).standIn, "none");
});

Deno.test(
  "askForStandIn() asks nobody where another worker listens, or there is one",
  async () => {
    const board = Board.allocate(2);
    await askForStandIn(board, 0, 2); // it does not listen itself
    assertEquals(board.at(0).standIn, "none");
    board.at(0).say("listening");
    board.at(1).say("listening");
    await askForStandIn(board, 0, 2);
    assertEquals(board.at(0).standIn, "none");
    board.at(1).say("draining");
    board.at(0).standIn = "there";
    await askForStandIn(board, 0, 2);
    assertEquals(board.at(0).standIn, "there");
  },
);

Deno.test(
  "a worker and the starting thread agree whether somebody stands in",
  async () => {
    const { complete } = await explore({
      setup: () => Board.allocate(1).slice,
      threads: [
        // The worker: asks, looks once, and gives up.
        (slice) => {
          const part = new Board(slice, 1).at(0);
          part.turnStandIn("none", "asked");
          return part.turnStandIn("asked", "none") ? "alone" : part.standIn;
        },
        // The starting thread: looks, opens one, and says so.
        (slice) => {
          const part = new Board(slice, 1).at(0);
          if (part.standIn !== "asked") return "none";
          return part.turnStandIn("asked", "there") ? "there" : "none";
        },
      ],
      check: (_slice, [worker, starter]) => {
        assertEquals(worker, starter === "there" ? "there" : "alone");
      },
    });
    assert(complete);
  },
);

Deno.test(
  "closing the runtime of one worker with maxHeap leaves nobody who stands in",
  { timeout },
  async () => {
    const runtime = await Runtime.start({ workers: 1, maxHeap: 2 ** 30 });
    const server = await serveHere(APPS, { runtime });
    assertEquals(await askText(urlOf(server)), "0");
    const isRefused = () => connectTo(server).then(() => false, () => true);
    await runtime.close();
    assert(await isRefused());
  },
);

Deno.test(
  "Runtime.recycle() of the only worker has somebody stand in until the next one listens",
  { timeout },
  async () => {
    await using runtime = await Runtime.start({ workers: 1, maxHeap: 2 ** 30 });
    await using server = await serveHere(app("slow"), { runtime });
    let isOver = false;
    const recycled = runtime.recycle(0).then(() => {
      isOver = true;
    });
    await until(() => isOver || server.report().listening.length === 0);
    const asked = askText(urlOf(server, "/?ms=0"));
    await recycled;
    assertEquals(await asked, "0");
    // It goes when the next one listens: then that one has all connections.
    await until(() => server.report().listening.length === 1);
    assertEquals(await askText(urlOf(server, "/?ms=0")), "0");
  },
);
