// Line charts as SVG.

import { element } from "./elements.js";

const kLeft = 56, kRight = 12, kBottom = 18, kTop = 8;  // around the lines, in pixels

function svg(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// At most `most` points, each the mean of its neighbours: a long run stays quick to draw.
function thinned(points, most) {
  if (points.length <= most) return points;
  const thin = [];
  for (let i = 0; i < most; ++i) {
    const part = points.slice(Math.floor((i * points.length) / most), Math.floor(((i + 1) * points.length) / most));
    const mean = (index) => part.reduce((sum, point) => sum + point[index], 0) / part.length;
    thin.push([mean(0), mean(1)]);
  }
  return thin;
}

// Round numbers between both ends, at least `count` steps.
function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [5, 2, 1].map((factor) => factor * power).find((size) => size <= rough);
  const list = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-6; tick += step) list.push(tick);
  return list;
}

// `lines`: [{name, points: [[x, y], …]}]. `x`, `y`: what turns a number into a label. `span`: the ends of
// the x axis; unless given, those of the points. As wide as the place is now.
export function draw_chart(place, lines, { x, y, height = 220, from_zero = false, span = null, empty = "", label = "" }) {
  const points = lines.flatMap((line) => line.points).filter((point) => point.every(Number.isFinite));
  if (points.length === 0) {
    place.replaceChildren(element("p", "empty", empty));
    return;
  }
  let [left, right, low, high] = [Infinity, -Infinity, from_zero ? 0 : Infinity, -Infinity];
  for (const [px, py] of points) {
    left = Math.min(left, px); right = Math.max(right, px);
    low = Math.min(low, py); high = Math.max(high, py);
  }
  if (span) [left, right] = span;
  if (right <= left) right = left + 1;
  if (high <= low) high = low + (Math.abs(low) * 0.1 || 1);
  const width = Math.max(200, place.clientWidth);
  const to_x = (value) => kLeft + ((value - left) / (right - left)) * (width - kLeft - kRight);
  const to_y = (value) => kTop + (1 - (value - low) / (high - low)) * (height - kTop - kBottom);

  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  for (const tick of ticks(low, high, height < 150 ? 2 : 3)) {
    drawing.append(svg("line", { class: "grid", x1: kLeft, x2: width - kRight, y1: to_y(tick), y2: to_y(tick) }));
    drawing.append(svg("text", { class: "label", x: kLeft - 6, y: to_y(tick) + 4, "text-anchor": "end" }, y(tick)));
  }
  for (const tick of ticks(left, right, width < 400 ? 3 : 5))
    drawing.append(svg("text", { class: "label", x: to_x(tick), y: height - 2, "text-anchor": "middle" }, x(tick)));
  lines.forEach((line, index) => {
    const known = thinned(line.points.filter((point) => point.every(Number.isFinite)), 600);
    const path = known.map(([px, py], i) => `${i ? "L" : "M"}${to_x(px).toFixed(1)},${to_y(py).toFixed(1)}`).join("");
    drawing.append(svg("path", { class: `line line-${index % 4}`, d: path }));
  });
  place.replaceChildren(drawing);
  if (lines.length < 2) return;
  const legend = element("ul", "legend");
  lines.forEach((line, index) => {
    const item = element("li", `line-${index % 4}`, "― ");
    item.append(element("span", "", line.name));
    legend.append(item);
  });
  place.append(legend);
}
