// A restore's page follows its own runs: when one of them changes, the page's part is read again, one read at a time.
import { ledger } from "./ledger.js";
import { fetchFragment, Unanswered } from "./server.js";
import { showTimes } from "./times.js";

/** @typedef {import("./rules.js").RunRow} RunRow */

/** While a restore writes, its items are read at most this often, in milliseconds. */
const PAUSE = 2000;

const part = () => document.getElementById("restore");

let waiting = false;
let readAt = 0;
/** @type {ReturnType<typeof setTimeout>|undefined} */
let timer;

/** @param {RunRow} row */
const concerns = (row) => row.type.startsWith("restore.") && String(row.tenant_id) === part()?.dataset.tenantId;

/** @param {{row: RunRow, before: RunRow|undefined}} change */
const follow = ({ row, before }) => {
  if (!concerns(row) || row.heartbeat || (before === undefined && row.completed_at)) return;
  // An end is shown at once, like elsewhere on the page.
  readIn(row.completed_at ? 0 : readAt + PAUSE - Date.now());
};

/** @param {number} pause in milliseconds */
const readIn = (pause) => {
  if (waiting && pause > 0) return;
  waiting = true;
  clearTimeout(timer);
  timer = setTimeout(read, Math.max(0, pause));
};

const read = async () => {
  waiting = false;
  readAt = Date.now();
  const shown = part();
  if (!shown) return;
  // A pressed button must not be replaced before it is answered; changes are read after that.
  if (shown.querySelector("[aria-busy='true']")) {
    readIn(PAUSE);
    return;
  }
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
    if (!(error instanceof Unanswered)) throw error; // the connection's own notice says that the server is unreachable
    readIn(PAUSE);
  }
};

ledger.addEventListener("change", (event) => follow(/** @type {CustomEvent} */ (event).detail));
