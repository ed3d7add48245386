// What this page knows of the runs: the newest row of each, whatever way it came. Late news is dropped here, once.
import { isActive, isNews, outranks } from "./rules.js";
import { live } from "./realtime.js";

/** @typedef {import("./rules.js").RunRow} RunRow */

/** @type {Map<number, RunRow>} */
const known = new Map();

/** Event "change" (detail: {row, before}); `before` is undefined for a run that this page had not heard of. */
export const ledger = new EventTarget();

/** @param {RunRow} row */
export const learn = (row) => {
  const before = known.get(row.run_id);
  if (!isNews(before, row)) return;
  known.set(row.run_id, row);
  ledger.dispatchEvent(new CustomEvent("change", { detail: { row, before } }));
};

/** @param {number} runId */
export const rowOf = (runId) => known.get(runId);

/** The rows of all active runs that this page has heard of, those first that are rather shown. */
export const activeRowsKnown = () => [...known.values()].filter(isActive).sort((one, other) => (outranks(one, other) ? -1 : 1));

/** Runs that nobody shows and of which the server says nothing any more: gone, or out of sight. @param {Iterable<number>} ids */
export const forget = (ids) => { for (const id of ids) known.delete(id); };

/** The rows of runs that are shown somewhere on this page and still active. */
export const activeRowsShown = () =>
  [...shownRunIds()].map(rowOf).filter((row) => row !== undefined && isActive(row));

/** The ids of all runs shown on this page: in the widget, a list, or as the page's subject. */
export const shownRunIds = () =>
  new Set([...document.querySelectorAll("[data-run-id]")].map((element) => Number(/** @type {HTMLElement} */ (element).dataset.runId)));

/** Learns the rows that the server wrote into the page, or into a fragment. @param {ParentNode} root */
export const learnFrom = (root) => {
  root.querySelectorAll("[data-payload]").forEach((element) => {
    learn(JSON.parse(/** @type {HTMLElement} */ (element).dataset.payload ?? "{}"));
  });
};

export const startLedger = () => {
  learnFrom(document);
  document.addEventListener("htmx:afterSettle", (event) => learnFrom(/** @type {Element} */ (event.target)));
  live.addEventListener("run", (event) => learn(/** @type {CustomEvent<RunRow>} */ (event).detail));
};
