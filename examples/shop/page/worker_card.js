/**
 * What one worker does.
 *
 * @module
 */

import { curveOf } from "./curve.js";

/** So many moments are in the curve: fifteen seconds. */
const MOMENTS = 60;
/** A queue that is so long fills its line. */
const LONG = 16;

const template = document.querySelector("#worker");
const number = new Intl.NumberFormat("en");

/** The card of a worker. */
export class WorkerCard {
  element = template.content.firstElementChild.cloneNode(true);
  #rates = new Array(MOMENTS).fill(0);
  #smooth = 0;

  constructor(index) {
    this.element.dataset.worker = index;
    this.#find("h3 b").textContent = `Worker ${index}`;
  }

  /** Shows a moment. */
  show(worker, rate, heat) {
    const { processor, state = "", replaced = 0 } = worker;
    this.element.style.setProperty("--heat", heat.toFixed(2));
    this.#find("h3 small").textContent = [
      processor === undefined ? "not pinned" : `processor ${processor}`,
      state === "running" ? "" : state,
      replaced === 0 ? "" : `replaced ${replaced} ×`,
    ].filter(Boolean).join(", ");

    this.#rates.shift();
    this.#rates.push(rate);
    this.#smooth += (rate - this.#smooth) / 3;
    this.#figure("rate", number.format(Math.round(this.#smooth)));
    const { line, area } = curveOf(this.#rates);
    this.#find(".line").setAttribute("d", line);
    this.#find(".area").setAttribute("d", area);

    this.#queue("reading", worker.reading);
    this.#queue("ordering", worker.ordering);
    this.#queue("drawing", worker.drawing);
    this.#queue("tasks", (worker.running ?? 0) + (worker.queued ?? 0));
    const { answered, time } = worker;
    this.#figure("answered", number.format(answered));
    this.#figure(
      "mean",
      answered === 0 ? "–" : `${(time / answered).toFixed(1)} ms`,
    );
  }

  #queue(name, length) {
    const row = this.#find(`[data-queue="${name}"]`);
    row.style.setProperty("--fill", Math.min(1, length / LONG));
    row.lastElementChild.textContent = length;
  }

  #figure(name, text) {
    this.#find(`[data-figure="${name}"]`).textContent = text;
  }

  #find(selector) {
    return this.element.querySelector(selector);
  }
}
