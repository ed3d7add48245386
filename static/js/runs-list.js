// The list of runs (R32): rows are updated in place by push; new runs are announced instead of shifting the rows.
import { fill, isActive, matchesFilter, recount } from "./rules.js";
import { ledger, rowOf } from "./ledger.js";
import { fillRun, tickRun } from "./run-row.js";

/** @typedef {import("./rules.js").RunRow} RunRow */

const list = () => document.getElementById("run-list");
/** @type {Set<number>} */
const announced = new Set();
/** When the numbers of the states were counted; the list may be read again, they are not. */
let counted = "";

/** @param {{row: RunRow, before: RunRow|undefined}} change */
const follow = ({ row, before }) => {
  const shown = list();
  if (!shown) return;
  count(shown, row, before);
  const element = shown.querySelector(`tr[data-run-id="${row.run_id}"]`);
  if (element instanceof HTMLElement) fillRun(element, row);
  else if (before === undefined && isNew(shown, row)) announce(shown, row);
};

/** Keeps the numbers of the states correct, or hides them.
 * @param {HTMLElement} shown @param {RunRow} row @param {RunRow|undefined} before */
const count = (shown, row, before) => {
  const moves = recount(row, before, JSON.parse(shown.dataset.filter ?? "{}"), counted);
  const numbers = [...document.querySelectorAll("[data-count-of]")].map((one) => /** @type {HTMLElement} */ (one));
  if (moves === null) return numbers.forEach((number) => { number.hidden = true; });
  const add = (/** @type {string} */ state, /** @type {number} */ by) => numbers
    .filter((number) => number.dataset.countOf === state && number.dataset.capped !== "yes")
    .forEach((number) => {
      number.dataset.number = String(Math.max(0, Number(number.dataset.number) + by));
      number.textContent = Number(number.dataset.number).toLocaleString(document.documentElement.lang);
      const pill = /** @type {HTMLElement|null} */ (number.closest("[data-hides-at-zero]"));
      if (pill) pill.dataset.hidesAtZero = number.dataset.number;
    });
  moves.up.forEach((state) => add(state, 1));
  moves.down.forEach((state) => add(state, -1));
};

/** @param {HTMLElement} shown @param {RunRow} row */
const isNew = (shown, row) =>
  shown.dataset.firstPage === "yes" && isActive(row) && row.run_id > Number(shown.dataset.newest)
  && matchesFilter(row, JSON.parse(shown.dataset.filter ?? "{}"));

/** @param {HTMLElement} shown @param {RunRow} row */
const announce = (shown, row) => {
  announced.add(row.run_id);
  const banner = /** @type {HTMLElement} */ (shown.querySelector('[data-slot="new-runs"]'));
  const link = /** @type {HTMLElement} */ (banner.querySelector("[data-show-new]"));
  const text = announced.size === 1 ? link.dataset.textOne : link.dataset.textMany;
  /** @type {HTMLElement} */ (link.querySelector('[data-slot="text"]')).textContent = fill(text ?? "", { number: announced.size });
  banner.hidden = false;
};

const tick = () => {
  list()?.querySelectorAll("tr[data-run-id]").forEach((element) => {
    const row = rowOf(Number(/** @type {HTMLElement} */ (element).dataset.runId));
    if (row && isActive(row)) tickRun(/** @type {HTMLElement} */ (element), row);
  });
};

export const startRunsList = () => {
  const shown = list();
  if (!shown) return;
  counted = shown.dataset.serverNow ?? "";
  ledger.addEventListener("change", (event) => follow(/** @type {CustomEvent} */ (event).detail));
  document.addEventListener("htmx:afterSettle", () => announced.clear());
  setInterval(() => document.hidden || tick(), 1000);
};
