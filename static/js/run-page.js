// A run's own page (R33): bar and counts move by push; its its part is read again when there is something to tell that events do not carry.
import { isActive } from "./rules.js";
import { ledger, rowOf } from "./ledger.js";
import { fillRun, tickRun } from "./run-row.js";
import { fetchFragment, Unanswered } from "./server.js";
import { secondsBetween, setText, showTimes } from "./times.js";

/** @typedef {import("./rules.js").RunRow} RunRow */

const page = () => document.getElementById("run");
const number = new Intl.NumberFormat(document.documentElement.lang || "en");

let reading = false;
let again = false;

/** @param {{row: RunRow, before: RunRow|undefined}} change */
const follow = ({ row, before }) => {
  const shown = page();
  if (!shown || shown.dataset.runId !== String(row.run_id) || before === undefined) return;
  fillRun(shown, row);
  fillTable(shown, row);
  if (row.status !== before.status || row.counts.failed !== before.counts.failed || isSilent(row, before)) readAgain();
};

/** A change that its event does not show is one that only the page's part can tell: what slows the run down.
 * @param {RunRow} row @param {RunRow} before */
const isSilent = (row, before) => JSON.stringify([row.status, row.counts]) === JSON.stringify([before.status, before.counts]);

/** @param {HTMLElement} shown @param {RunRow} row */
const fillTable = (shown, row) => {
  shown.querySelectorAll("[data-count]").forEach((cell) => {
    const count = row.counts[/** @type {HTMLElement} */ (cell).dataset.count ?? ""];
    if (count !== undefined) setText(cell, number.format(count));
  });
};

/** Reads the page's part again; changes that come meanwhile are gathered into one more reading. */
const readAgain = async () => {
  again = true;
  if (reading) return;
  reading = true;
  try {
    while (again) {
      again = false;
      await read();
    }
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error; // the connection's own notice says that the server is away
  } finally {
    reading = false;
  }
};

const read = async () => {
  const shown = page();
  const fragment = await fetchFragment(shown?.dataset.liveUrl ?? location.pathname);
  const fresh = fragment?.querySelector("#run");
  if (!shown || !(fresh instanceof HTMLElement)) return;
  shown.replaceWith(fresh);
  const row = rowOf(Number(fresh.dataset.runId));
  if (row) fillRun(fresh, row);
  showTimes(fresh);
};

const tick = () => {
  const shown = page();
  const row = rowOf(Number(shown?.dataset.runId));
  if (shown && row && isActive(row)) tickRun(shown, row);
  shown?.querySelectorAll("[data-until]").forEach((note) => {
    if (secondsBetween(/** @type {HTMLElement} */ (note).dataset.until ?? "") >= 0) note.remove();
  });
};

export const startRunPage = () => {
  if (!page()) return;
  ledger.addEventListener("change", (event) => follow(/** @type {CustomEvent} */ (event).detail));
  setInterval(() => document.hidden || tick(), 1000);
};
