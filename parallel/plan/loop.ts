/**
 * One loop for all of a plan.
 *
 * @module
 */

import { foreignName } from "../../workers/functions/foreign_name.ts";
import type { LoadedFunction } from "../../workers/functions/loaded_function.ts";
import type { AnyFunction } from "../../workers/functions/portable.ts";
import type { Sink } from "../sinks/sink.ts";
import { LoopCode } from "./loop_code.ts";
import { names, type Node } from "./node.ts";
import {
  functionNumber,
  type PlanFunction,
  planFunction,
} from "./plan_function.ts";

/** Runs over the indices from one up to another, with the parameters of a plan. */
export type Loop = (
  params: readonly unknown[],
  from: number,
  to: number,
  /** Where the numbers of lists are left, each from the first index on. */
  room: Float64Array | undefined,
) => unknown;

/** A parameter that is a function, and no closure. */
export type FunctionAt<F> = readonly [place: number, fn: F];

/** The text of a loop, and what this thread made of it. */
export interface LoopPlan {
  /** The body. */
  readonly text: string;
  /** The functions among its parameters. */
  readonly functions: readonly FunctionAt<PlanFunction>[];
  readonly loop: Loop;
  /** How long one index took the last time, in ms; 0 if that is not known. */
  perIndex: number;
  /** How many indices can be taken at first while that is not known. */
  brief: number;
  /** How many times more it may run over so many without being timed. */
  untimed: number;
}

/** How many loops this thread keeps. */
const KEPT = 1000;

/** Fewer indices are words with a sign: a loop over these is the faster one. */
const WORDS = 2 ** 31;

const plans = new Map<string, LoopPlan>();
const received = new Map<string, Loop>();

/**
 * The loop of a plan.
 *
 * Each combination of functions has a loop of its own, even if the text is the same:
 * so the engine can make their code part of it.
 *
 * @throws {TypeError} If a function is not portable.
 */
export function loopPlan<P, R>(
  node: Node,
  sink: Sink<P, R>,
  params: readonly unknown[],
): LoopPlan {
  let key = node.length < WORDS
    ? `${node.key}|${sink.key}`
    : `${node.key}||${sink.key}`;
  for (const param of params) {
    if (typeof param === "function") {
      key += `\n${functionNumber(param as AnyFunction)}`;
    }
  }
  let plan = plans.get(key);
  if (plan === undefined) {
    plan = newPlan(node, sink, params);
    keepSome(plans, key, plan);
  }
  return plan;
}

function newPlan<P, R>(
  node: Node,
  sink: Sink<P, R>,
  params: readonly unknown[],
): LoopPlan {
  const functions: FunctionAt<PlanFunction>[] = [];
  params.forEach((param, place) => {
    if (typeof param !== "function") return;
    const fn = planFunction(param as AnyFunction);
    if (fn !== undefined) functions.push([place, fn]);
  });
  const text = textOf(node, sink);
  const loaded = functions.map(([place, { loaded }]) =>
    [place, loaded] as const
  );
  return {
    text,
    functions,
    loop: compiledLoop(text, params.length, loaded),
    perIndex: 0,
    brief: 1,
    untimed: 0,
  };
}

/** The body of the loop of a plan. */
function textOf<P, R>(node: Node, sink: Sink<P, R>): string {
  const code = new LoopCode();
  // Else the engine converts the end of the loop each time that it looks at it.
  if (node.length < WORDS) code.before("from |= 0; to |= 0;");
  const own = names(node.params.length, sink.params.length);
  sink.emit(code, own, (body) => node.emitEach(code, 0, "from", "to", body));
  return code.toString();
}

/** The loop of a text that another thread sent. */
export function loopOf(
  text: string,
  count: number,
  functions: readonly FunctionAt<LoadedFunction>[],
): Loop {
  let key = text;
  for (const [, { run }] of functions) key += `\n${functionNumber(run)}`;
  let loop = received.get(key);
  if (loop === undefined) {
    loop = compiledLoop(text, count, functions);
    keepSome(received, key, loop);
  }
  return loop;
}

/**
 * Makes a loop of its text. There is one for each combination of functions, which are
 * constants of it; the rest it gets with each call. So the engine optimizes it once.
 */
function compiledLoop(
  text: string,
  count: number,
  functions: readonly FunctionAt<LoadedFunction>[],
): Loop {
  const all = names(0, count);
  const constant = new Set(functions.map(([place]) => place));
  const given = all.map((name, k) =>
    constant.has(k) ? "" : `const ${name}=params[${k}];`
  );
  // Indirect, so that it is global code: it sees nothing of this module.
  const make = (0, eval)(
    `"use strict";(function(${
      functions.map(([place]) => all[place]).join()
    }){return function loop(params,from,to,room){${
      given.join("")
    }\n${text}\n}})`,
  ) as (...functions: AnyFunction[]) => Loop;
  return make(...functions.map(([, { run }]) => run));
}

function keepSome<V>(map: Map<string, V>, key: string, value: V): void {
  if (map.size >= KEPT) map.clear();
  map.set(key, value);
}

/** What to throw if a function of a loop threw an error. */
export function explained(
  error: unknown,
  functions: readonly LoadedFunction[],
): unknown {
  for (const fn of functions) {
    const told = foreignName(error, fn);
    if (told !== error) return told;
  }
  return error;
}
