// A restore's page follows its own runs: when one of them moves, the page's part is fetched again, once at a time.
import { ledger } from "./ledger.js";
import { fetchFragment, Unanswered } from "./server.js";
import { showTimes } from "./times.js";

/** @typedef {import("./rules.js").RunRow} RunRow */

/** While a restore writes, its items are read again at most this often, in milliseconds. */
const PAUSE = 2000;

const part = () => document.getElementById("restore");

let waiting = false;
let readAt = 0;

/** @param {RunRow} row */
const concerns = (row) => row.type.startsWith("restore.") && String(row.tenant_id) === part()?.dataset.tenantId;

/** @param {{row: RunRow, before: RunRow|undefined}} change */
const follow = ({ row, before }) => {
  if (!concerns(row) || waiting || (before === undefined && row.completed_at)) return;
  waiting = true;
  setTimeout(read, Math.max(0, readAt + PAUSE - Date.now()));
};

const read = async () => {
  waiting = false;
  readAt = Date.now();
  const shown = part();
  // Whoever is about to press or choose something must not have it replaced under the pointer.
  if (!shown || shown.querySelector("[aria-busy='true']")) return;
  try {
    const fresh = (await fetchFragment(shown.dataset.liveUrl ?? location.pathname))?.querySelector("#restore");
    if (!(fresh instanceof HTMLElement)) return;
    const focused = document.activeElement?.id;
    shown.replaceWith(fresh);
    window.htmx?.process(fresh);
    showTimes(fresh);
    if (focused) document.getElementById(focused)?.focus();
    document.getElementById("stale")?.setAttribute("hidden", "");
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error; // the connection's own notice says that the server is away
  }
};

ledger.addEventListener("change", (event) => follow(/** @type {CustomEvent} */ (event).detail));
