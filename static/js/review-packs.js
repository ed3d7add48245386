// The card of a tenant's newest review pack, and the list of packs (R27, R46). Read again when one of their runs changes
// state; while the socket is down, polled at a fixed interval if a pack is being made.
import { dialogIsOpen } from "./fallback.js";
import { learnFrom, ledger } from "./ledger.js";
import { live, mayMiss, mustAsk } from "./realtime.js";
import { fillRun } from "./run-row.js";
import { packSeconds } from "./rules.js";
import { fetchFragment, Unanswered } from "./server.js";
import { showTimes } from "./times.js";

/** @typedef {import("./rules.js").RunRow} RunRow */

const TYPE = "review_pack.generate";
const SELECTOR = "[data-review-packs]";

/** @type {number|undefined} */
let timer;
let reading = false;
let again = false;
let wasDown = false;

const shown = () => /** @type {HTMLElement|null} */ (document.querySelector(SELECTOR));

/** @param {{row: RunRow, before: RunRow|undefined}} change */
const follow = ({ row, before }) => {
  const part = shown();
  if (!part || row.type !== TYPE || String(row.tenant_id) !== part.dataset.tenantId) return;
  if (before?.status !== row.status) readAgain();
  else if (part.dataset.runId === String(row.run_id)) fillRun(part, row);
};

/** Reads the part again; changes that come meanwhile are combined into one more read. */
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
    plan();
  }
};

const read = async () => {
  const fragment = await fetchFragment(shown()?.dataset.liveUrl ?? location.pathname);
  const part = shown();
  const fresh = fragment?.querySelector(SELECTOR);
  if (!part || !(fresh instanceof HTMLElement)) return;
  // The keyboard focus stays near the button that had it.
  const hadFocus = part.contains(document.activeElement);
  part.replaceWith(fresh);
  learnFrom(fresh);
  showTimes(fresh);
  window.htmx?.process(fresh);
  if (hadFocus) /** @type {HTMLElement|null} */ (fresh.querySelector("a, button"))?.focus();
};

/** Schedules the next request, if the rule allows one. */
const plan = () => {
  clearTimeout(timer);
  const seconds = packSeconds(shown()?.dataset.status);
  if (mustAsk() && seconds !== null && !document.hidden) timer = setTimeout(question, seconds * 1000);
};

const question = () => (dialogIsOpen() ? plan() : readAgain());

const notice = () => {
  wasDown ||= mayMiss();
  plan();
};

export const startReviewPacks = () => {
  if (!shown()) return;
  ledger.addEventListener("change", (event) => follow(/** @type {CustomEvent} */ (event).detail));
  live.addEventListener("state", notice);
  live.addEventListener("resync", () => {
    if (wasDown) readAgain();
    wasDown = false;
  });
  document.addEventListener("visibilitychange", plan);
};
