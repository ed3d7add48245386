// A run's own page (R33): bar and counts are pushed; the page's part is read again for what events do not carry.
import { isActive } from "./rules.js";
import { learnFrom, ledger, rowOf } from "./ledger.js";
import { fillRun, tickRun, stallOf } from "./run-row.js";
import { fetchFragment, Unanswered } from "./server.js";
import { secondsBetween, setText, showTimes } from "./times.js";

/** @typedef {import("./rules.js").RunRow} RunRow */

const page = () => document.getElementById("run");
const number = new Intl.NumberFormat(document.documentElement.lang || "en");

let reading = false;
let again = false;
/** Set while rows of a fragment are learned, because the fragment already shows them. */
let learning = false;

/** @param {{row: RunRow, before: RunRow|undefined}} change */
const follow = ({ row, before }) => {
  const shown = page();
  if (!shown || shown.dataset.runId !== String(row.run_id) || before === undefined || learning) return;
  fillRun(shown, row);
  fillTable(shown, row);
  showStall(shown, row);
  if (row.status !== before.status || row.counts.failed !== before.counts.failed || changedUnseen(row, before)) readAgain();
};

/** A change that its event does not show is one that only the page's part can tell: what slows the run down.
 * @param {RunRow} row @param {RunRow} before */
const changedUnseen = (row, before) => !row.heartbeat && JSON.stringify([row.status, row.counts]) === JSON.stringify([before.status, before.counts]);

/** Says what it means that the run has stalled, in the words that the server would render now.
 * @param {HTMLElement} shown @param {RunRow} row */
const showStall = (shown, row) => {
  const note = /** @type {HTMLElement|null} */ (shown.querySelector('[data-slot="stall-note"]'));
  const level = stallOf(row) ?? "";
  if (!note || note.dataset.stall === level) return;
  note.dataset.stall = level;
  const words = /** @type {HTMLTemplateElement|null} */ (level && shown.querySelector(`template[data-stall="${level}"]`));
  note.replaceChildren(...(words ? [words.content.cloneNode(true)] : []));
};

/** @param {HTMLElement} shown @param {RunRow} row */
const fillTable = (shown, row) => {
  shown.querySelectorAll("[data-count]").forEach((cell) => {
    const count = row.counts[/** @type {HTMLElement} */ (cell).dataset.count ?? ""];
    if (count !== undefined) setText(cell, number.format(count));
  });
};

/** Reads the page's part again; changes that come meanwhile are combined into one more read. */
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
    if (!(error instanceof Unanswered)) throw error; // the connection's own notice says that the server is unreachable
  } finally {
    reading = false;
  }
};

const read = async () => {
  const shown = page();
  const fragment = await fetchFragment(shown?.dataset.liveUrl ?? location.pathname);
  const fresh = fragment?.querySelector("#run");
  if (!shown || !fragment || !(fresh instanceof HTMLElement)) return;
  learn(fragment);
  shown.replaceWith(fresh);
  const actions = fragment.querySelector("#run-actions");
  if (actions) {
    document.getElementById("run-actions")?.replaceWith(actions);
    window.htmx?.process(actions);
  }
  const row = rowOf(Number(fresh.dataset.runId));
  if (row) {
    fillRun(fresh, row);
    showStall(fresh, row); // as of when the server was last heard, like all that moves on this page
  }
  showTimes(fresh);
};

/** @param {DocumentFragment} fragment */
const learn = (fragment) => {
  learning = true;
  learnFrom(fragment);
  learning = false;
};

const tick = () => {
  const shown = page();
  const row = rowOf(Number(shown?.dataset.runId));
  if (shown && row && isActive(row)) {
    tickRun(shown, row);
    showStall(shown, row);
  }
  shown?.querySelectorAll("[data-until]").forEach((note) => {
    if (secondsBetween(/** @type {HTMLElement} */ (note).dataset.until ?? "") >= 0) note.remove();
  });
};

export const startRunPage = () => {
  if (!page()) return;
  ledger.addEventListener("change", (event) => follow(/** @type {CustomEvent} */ (event).detail));
  setInterval(() => document.hidden || tick(), 1000);
};
