/**
 * The picture of the machine, with workers that glow.
 *
 * @module
 */

/** In the picture, beside its own style: no paper, and a glow as strong as a worker is busy. */
const GLOW = `
svg { width: 100%; height: auto; display: block }
.paper { fill: none }
.worker {
  fill: color-mix(in oklch, #ff922b calc(100% * var(--heat, 0)), #3b5bff);
  filter: drop-shadow(0 0 calc(10px * var(--heat, 0)) #ff922b);
  transition: fill 0.25s, filter 0.25s;
}`;

/** How busy a worker is, from 0 to 1, as far as can be told from here. */
export function heatOf(rate, running) {
  return 1 - Math.exp(-(rate / 400 + running / 1.5));
}

/** The picture. */
export class Topology {
  /** The processors of workers, by the indices of these. */
  #cells = new Map();

  /** Loads the picture, into a tree of its own: its style is meant for nothing else. */
  static async load(place) {
    const topology = new Topology();
    const response = await fetch("/machine.svg");
    const root = place.attachShadow({ mode: "open" });
    root.innerHTML = await response.text();
    const style = document.createElement("style");
    style.textContent = GLOW;
    root.append(style);
    for (const title of root.querySelectorAll("title")) {
      for (const [, index] of title.textContent.matchAll(/worker (\d+)/g)) {
        topology.#cells.set(Number(index), title.parentElement);
      }
    }
    return topology;
  }

  /** Shows how busy a worker is. */
  show(index, heat) {
    this.#cells.get(index)?.style.setProperty("--heat", heat.toFixed(2));
  }
}
