// A page that has nothing to show yet fills itself when a run has ended that may have brought the first of it. There is
// nothing on it that somebody could lose; a page that shows something only says that it is out of date (stale.js).
import { isActive } from "./rules.js";
import { ledger } from "./ledger.js";
import { fetchFragment, Unanswered } from "./server.js";
import { showTimes } from "./times.js";

/** @typedef {import("./rules.js").RunRow} RunRow */

/** Whether this page waits for what such a run brings. @param {RunRow} row */
export const waitsFor = (row) =>
  [...document.querySelectorAll("[data-fills-by]")].some((empty) => {
    const { fillsBy, tenantId } = /** @type {HTMLElement} */ (empty).dataset;
    return (fillsBy ?? "").split(" ").includes(row.type) && tenantId === String(row.tenant_id);
  });

/** @param {{row: RunRow}} change */
const follow = async ({ row }) => {
  if (isActive(row) || !waitsFor(row)) return;
  try {
    fill(await fetchFragment(location.href));
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error; // the connection's own notice says that the server is away
  }
};

/** @param {DocumentFragment|null} fragment */
const fill = (fragment) => {
  const page = document.querySelector("main");
  const fresh = fragment?.querySelector("main");
  if (!page || !fresh || !document.querySelector("[data-fills-by]")) return;
  const hadFocus = page.contains(document.activeElement);
  page.replaceChildren(...fresh.childNodes);
  window.htmx?.process(page);
  showTimes(page);
  if (hadFocus) page.focus();
  // As after any other exchange: rows of runs are learned, lists that can be chosen from are made ready.
  page.dispatchEvent(new CustomEvent("htmx:afterSettle", { bubbles: true, detail: {} }));
};

export const startFilling = () => {
  ledger.addEventListener("change", (event) => follow(/** @type {CustomEvent} */ (event).detail));
};
