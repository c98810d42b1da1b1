/**
 * Servers that are asked by wrk, or by many connections at once.
 *
 * @module
 */

import { deepStrictEqual } from "node:assert";
import type { Reading, Running } from "../../harness/scenario.ts";
import { hasProgram } from "../../load/has_program.ts";
import {
  type ServerCommand,
  ServerProcess,
} from "../../load/server_process.ts";
import { spread } from "../../load/spread.ts";
import { runWrk, type WrkFigures } from "../../load/wrk.ts";

/** So many connections ask. */
const CONNECTIONS = 64;

/** What wrk tells, and what the server took meanwhile. */
export interface LoadFigures extends WrkFigures {
  /** Processor time of the server for a request, in microseconds. */
  readonly cpu: number;
}

/** A server that wrk asks, for a second at a time. */
export async function loaded(
  command: ServerCommand,
  expected: string,
  pick: (figures: LoadFigures) => Reading,
): Promise<Running> {
  if (!await hasProgram("wrk")) {
    throw new Error("wrk is missing, a package of Debian");
  }
  const server = await ServerProcess.start(command);
  const { port } = server;
  return {
    async run() {
      const before = server.processorTime();
      const figures = await runWrk(port, {
        connections: CONNECTIONS,
        threads: 1,
        seconds: 1,
      });
      const spent = server.processorTime() - before;
      return pick({ ...figures, cpu: spent / 1000 / figures.requests });
    },
    async check() {
      const answer = await fetch(`http://127.0.0.1:${port}/`);
      deepStrictEqual([answer.status, await answer.text()], [200, expected]);
    },
    close: () => server[Symbol.asyncDispose](),
  };
}

/** A server whose threads are counted: the part of the connections that the busiest one has, in percent. */
export async function spreading(command: ServerCommand): Promise<Running> {
  const server = await ServerProcess.start(command);
  return {
    async run() {
      const [most = 0] = await spread(server.port, CONNECTIONS);
      return { value: 100 * most / CONNECTIONS };
    },
    close: () => server[Symbol.asyncDispose](),
  };
}
