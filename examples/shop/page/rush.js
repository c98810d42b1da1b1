/**
 * Rush hour: this page becomes a crowd, whose customers look at prints, buy some, and have
 * pictures drawn.
 *
 * @module
 */

/** A browser has six connections to a server at most, and one is for the events. */
const CUSTOMERS = 5;
const PRINTS = 12;

const button = document.querySelector("#rush");
let isRush = false;

/** Offers it. */
export function offerRush() {
  button.onclick = () => {
    isRush = !isRush;
    button.setAttribute("aria-pressed", isRush);
    if (!isRush) return;
    for (let k = 0; k < CUSTOMERS; k++) customer();
  };
}

async function customer() {
  while (isRush) {
    const response = await visit(Math.random());
    await response.arrayBuffer();
    if (response.status !== 429) continue;
    const seconds = Number(response.headers.get("retry-after"));
    await new Promise((next) => setTimeout(next, 1000 * seconds));
  }
}

function visit(chance) {
  const print = 1 + Math.floor(Math.random() * PRINTS);
  if (chance < 0.01) {
    const [re, im] = [Math.random() * 0.8 - 0.9, Math.random() * 0.6];
    return fetch(`/sketch.png?re=${re}&im=${im}&size=200`);
  }
  if (chance < 0.1) {
    return fetch("/api/orders", {
      method: "POST",
      body: JSON.stringify({ print, quantity: 1 }),
    });
  }
  return fetch(chance < 0.3 ? "/api/prints" : `/api/prints/${print}`, {
    cache: "no-store",
  });
}
