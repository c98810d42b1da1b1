/**
 * The live picture of the machine: what its events say, as figures, curves and colours.
 *
 * @module
 */

import { heatOf, Topology } from "./topology.js";
import { WorkerCard } from "./worker_card.js";

const connection = document.querySelector("#connection");
const list = document.querySelector("#workers");
const number = new Intl.NumberFormat("en");

/** @type {WorkerCard[]} */
const cards = [];

/** Shows what the machine does, from now on. */
export async function showMachine() {
  const topology = await Topology.load(document.querySelector("#topology"));
  const events = new EventSource("/events");
  let before;
  events.onmessage = ({ data }) => {
    const now = JSON.parse(data);
    state("live", `live from worker ${now.worker}`);
    // Another worker tells it after a reconnection, by a clock of its own.
    if (before?.worker === now.worker) show(now, before, topology);
    before = now;
  };
  events.onerror = () => state("lost", "the shop is closed");
}

function state(name, text) {
  connection.dataset.state = name;
  connection.textContent = text;
}

function show(now, before, topology) {
  const seconds = (now.time - before.time) / 1000;
  let rate = 0;
  for (const [k, worker] of now.workers.entries()) {
    if (cards[k] === undefined) {
      cards[k] = new WorkerCard(k);
      list.append(cards[k].element);
    }
    const earlier = before.workers[k] ?? worker;
    // Counts start again at 2^32.
    const answered = (worker.answered - earlier.answered) >>> 0;
    rate += answered / seconds;
    const heat = heatOf(answered / seconds, worker.running ?? 0);
    cards[k].show(worker, answered / seconds, heat);
    topology.show(k, heat);
  }
  const { hits, misses } = now.cache;
  showTotals({
    rate: number.format(Math.round(rate)),
    answered: number.format(sum(now.workers, "answered")),
    hits: hits + misses === 0
      ? "–"
      : `${(100 * hits / (hits + misses)).toFixed(1)} %`,
    limited: number.format(now.limit.refused),
    waiting: number.format(now.waiting),
    visitors: number.format(now.visitors),
    watching: number.format(sum(now.workers, "watching")),
  });
}

function showTotals(totals) {
  for (const [name, text] of Object.entries(totals)) {
    document.querySelector(`[data-total="${name}"]`).textContent = text;
  }
}

function sum(workers, name) {
  return workers.reduce((sum, worker) => sum + worker[name], 0);
}
