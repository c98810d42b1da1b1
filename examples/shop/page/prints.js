/**
 * The prints, to be looked at and bought.
 *
 * @module
 */

const list = document.querySelector("#prints");
const template = document.querySelector("#print");
const price = new Intl.NumberFormat("en", {
  style: "currency",
  currency: "EUR",
});

/** How often it is asked how many are left, in ms. */
const PERIOD = 3000;

/** Shows all prints, and from then on how many are left. */
export async function showPrints() {
  const prints = await allPrints();
  const cards = prints.map(cardOf);
  list.append(...cards);
  setInterval(async () => {
    for (const [k, { left }] of (await allPrints()).entries()) {
      showLeft(cards[k], left);
    }
  }, PERIOD);
}

/** None if the shop does not answer, or has too much to do. */
async function allPrints() {
  try {
    const response = await fetch("/api/prints");
    return response.ok ? await response.json() : [];
  } catch {
    return [];
  }
}

function cardOf(print) {
  const card = template.content.firstElementChild.cloneNode(true);
  card.dataset.print = print.id;
  const image = card.querySelector("img");
  image.src = `/pictures/${print.id}.png?size=240`;
  image.alt = `${print.title}: the set of ${print.re} + ${print.im} i`;
  card.querySelector("h3").textContent = print.title;
  card.querySelector("p b").textContent = price.format(print.price / 100);
  card.querySelector("meter").max = print.edition;
  showLeft(card, print.left);
  card.querySelector("button").onclick = () => buy(card, print.id);
  return card;
}

function showLeft(card, left) {
  card.querySelector("meter").value = left;
  card.querySelector("small").textContent = left === 0
    ? "sold out"
    : `${left} left`;
  card.querySelector("button").disabled = left === 0;
}

async function buy(card, print) {
  const button = card.querySelector("button");
  button.disabled = true;
  const response = await fetch("/api/orders", {
    method: "POST",
    body: JSON.stringify({ print, quantity: 1 }),
  });
  const answer = await response.json();
  button.disabled = false;
  if (response.ok) {
    showLeft(card, answer.left);
    card.dataset.order = answer.order;
    button.textContent = `No. ${answer.order} ✓`;
  } else {
    button.textContent = "Try again";
    button.title = answer.error;
  }
}
