// The list of runs (R32): rows change in place by push; new runs are announced instead of shifting the rows.
import { fill, isActive, matchesFilter } from "./rules.js";
import { ledger, rowOf } from "./ledger.js";
import { fillRun, tickRun } from "./run-row.js";

/** @typedef {import("./rules.js").RunRow} RunRow */

const list = () => document.getElementById("run-list");
/** @type {Set<number>} */
const announced = new Set();

/** @param {{row: RunRow, before: RunRow|undefined}} change */
const follow = ({ row, before }) => {
  const shown = list();
  if (!shown) return;
  const element = shown.querySelector(`tr[data-run-id="${row.run_id}"]`);
  if (element instanceof HTMLElement) fillRun(element, row);
  else if (before === undefined && isNew(shown, row)) announce(shown, row);
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
  if (!list()) return;
  ledger.addEventListener("change", (event) => follow(/** @type {CustomEvent} */ (event).detail));
  document.addEventListener("htmx:afterSettle", () => announced.clear());
  setInterval(() => document.hidden || tick(), 1000);
};
