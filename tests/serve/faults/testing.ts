/**
 * Tests of a server that is asked while something happens to it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Load, LoadOptions } from "../../../bench/load/load.ts";
import { FaultServer, type FaultServerOptions } from "./fault_server.ts";
import { type Figures, figuresOf } from "./figures.ts";

/** Of such a test. */
export const LIMITS: Pick<Deno.TestDefinition, "timeout" | "ignore"> = {
  timeout: 180_000,
  // Elsewhere the kernel spreads connections in other ways, or not.
  ignore: Deno.build.os !== "linux",
};

/** A test with a server of two workers, unless it is told otherwise. */
export function testServer(
  name: string,
  test: (server: FaultServer) => Promise<void>,
  options: FaultServerOptions = {},
): void {
  Deno.test(name, LIMITS, async () => {
    await using server = await FaultServer.start({ workers: 2, ...options });
    await test(server);
  });
}

/** How is asked. */
export interface UnderLoadOptions extends Partial<Omit<LoadOptions, "port">> {
  /** What this is called where figures are wanted. */
  readonly name: string;
}

/** So many answers come before something happens, and so many after that. */
const ANSWERS = 300;

/**
 * Asks, lets something happen, and goes on to ask.
 *
 * @param act Lets it happen, and answers which threads it cost.
 * @returns What became of the requests. With `KINDRED_FIGURES` in the environment it is
 * also printed.
 */
export async function underLoad(
  server: FaultServer,
  act: (load: Load) => Promise<Iterable<string> | void>,
  { name, ...options }: UnderLoadOptions,
): Promise<Figures> {
  const load = server.load({ connections: 16, ...options });
  await load.answers(ANSWERS);
  const dead = new Set(await act(load) ?? []);
  await load.answers(ANSWERS);
  await load.stop();
  const figures = figuresOf(load, { seen: server.seen(), dead });
  if (Deno.env.has("KINDRED_FIGURES")) console.log(name, figures);
  return figures;
}

/** Fails unless every request was answered. */
export function assertAllAnswered(figures: Figures): void {
  const { sent } = figures;
  assertEquals(figures, {
    sent,
    answered: sent,
    refused: 0,
    reset: 0,
    died: 0,
    lost: 0,
  });
}

/**
 * Asks for something that has no answer, as its thread ends.
 *
 * @returns The threads that saw it.
 */
export async function askWhatEnds(
  server: FaultServer,
  path: string,
): Promise<string[]> {
  const load = server.load({ connections: 1, requests: 1, path });
  await load.ended();
  const seen = server.seen();
  return [...load.outcomes.keys()].flatMap((id) => seen.get(id)?.thread ?? []);
}

/** The threads that answer so many new connections. */
export async function threadsThatAnswer(
  server: FaultServer,
  connections: number,
): Promise<Set<string>> {
  const threads = new Set<string>();
  const load = server.load({
    connections: 8,
    requests: connections,
    isOneShot: true,
    path: "/who",
    patience: 1000,
    onAnswer: ({ body }) => threads.add(body),
  });
  await load.ended();
  return threads;
}

/** Waits until so many threads answer new connections, and none of those that are gone. */
export async function untilThreadsAnswer(
  server: FaultServer,
  count: number,
  gone: Iterable<string> = [],
): Promise<Set<string>> {
  for (;;) {
    const threads = await threadsThatAnswer(server, 30);
    if (threads.size === count && threads.isDisjointFrom(new Set(gone))) {
      return threads;
    }
  }
}
