// A page without content loads it when a run ends that may have brought some. Nobody can lose anything on such a page;
// a page with content only says that it is out of date (stale.js).
import { isActive } from "./rules.js";
import { ledger } from "./ledger.js";
import { fetchFragment, Unanswered } from "./server.js";
import { showTimes } from "./times.js";

/** @typedef {import("./rules.js").RunRow} RunRow */

/** Whether this page waits for the result of such a run. @param {RunRow} row */
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
    if (!(error instanceof Unanswered)) throw error; // the connection's own notice says that the server is unreachable
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
  // As after any htmx exchange, so that rows of runs are learned and selectable lists are set up.
  page.dispatchEvent(new CustomEvent("htmx:afterSettle", { bubbles: true, detail: {} }));
};

export const startFilling = () => {
  ledger.addEventListener("change", (event) => follow(/** @type {CustomEvent} */ (event).detail));
};
