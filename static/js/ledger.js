// What this page knows of the runs: the newest row of each, from any source. Late rows are dropped here.
import { isActive, isNews, outranks } from "./rules.js";
import { live } from "./realtime.js";

/** @typedef {import("./rules.js").RunRow} RunRow */

/** @type {Map<number, RunRow>} */
const known = new Map();

/** Event "change" (detail: {row, before}); `before` is undefined for a run that is new to this page. */
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

/** The rows of all active runs that this page knows, in the order in which the widget prefers them. */
export const activeRowsKnown = () => [...known.values()].filter(isActive).sort((one, other) => (outranks(one, other) ? -1 : 1));

/** Forgets runs that are not shown and that the server no longer reports: pruned, or not visible any more. @param {Iterable<number>} ids */
export const forget = (ids) => { for (const id of ids) known.delete(id); };

/** The rows of active runs that are shown somewhere on this page. */
export const activeRowsShown = () =>
  [...shownRunIds()].map(rowOf).filter((row) => row !== undefined && isActive(row));

/** The ids of all runs shown on this page: in the widget, a list, or as the page's subject. */
export const shownRunIds = () =>
  new Set([...document.querySelectorAll("[data-run-id]")].map((element) => Number(/** @type {HTMLElement} */ (element).dataset.runId)));

/** Learns the rows that the server wrote into the page or a fragment. @param {ParentNode} root */
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
