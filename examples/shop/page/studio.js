/**
 * The studio: a point of the map is a picture. It is asked for one at a time, so that who
 * moves quickly gets the last one.
 *
 * @module
 */

const map = document.querySelector("#map");
const mark = map.querySelector("i");
const sketch = document.querySelector("#sketch");
const point = document.querySelector("#point");

/** What is seen of the plane: as the server draws the map. */
const [LEFT, TOP, SIDE] = [-1.9, -1.3, 2.6];

let wanted;
let isDrawing = false;

/** Opens the studio. */
export function openStudio() {
  choose(0.427, 0.558);
  map.addEventListener("pointermove", (event) => {
    const { left, top, width, height } = map.getBoundingClientRect();
    choose(
      clamp((event.clientX - left) / width),
      clamp((event.clientY - top) / height),
    );
  });
}

function choose(x, y) {
  mark.style.left = `${100 * x}%`;
  mark.style.top = `${100 * y}%`;
  wanted = { re: LEFT + SIDE * x, im: TOP + SIDE * y };
  if (!isDrawing) draw();
}

async function draw() {
  isDrawing = true;
  while (wanted !== undefined) {
    const { re, im } = wanted;
    wanted = undefined;
    const start = performance.now();
    const response = await fetch(`/sketch.png?re=${re}&im=${im}&size=320`);
    if (!response.ok) continue;
    const old = sketch.src;
    sketch.src = URL.createObjectURL(await response.blob());
    if (old !== "") URL.revokeObjectURL(old);
    const ms = Math.round(performance.now() - start);
    point.textContent = `z² ${signed(re)} ${signed(im)} i, drawn in ${ms} ms`;
  }
  isDrawing = false;
}

function clamp(share) {
  return Math.min(1, Math.max(0, share));
}

function signed(value) {
  return `${value < 0 ? "−" : "+"} ${Math.abs(value).toFixed(3)}`;
}
