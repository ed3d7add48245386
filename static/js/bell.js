// The number on the bell (R28): updated by push, read again after the socket was down.
import { ledger } from "./ledger.js";
import { live, mustAsk } from "./realtime.js";
import { isActive } from "./rules.js";
import { fetchFragment, post, Unanswered } from "./server.js";
import { showToast } from "./toasts.js";

/** @typedef {import("./rules.js").RunRow} RunRow */

const bell = () => /** @type {HTMLElement} */ (document.getElementById("bell"));

/** @param {number} unread */
const show = (unread) => {
  const slot = (/** @type {string} */ name) => /** @type {HTMLElement} */ (bell().querySelector(`[data-slot="${name}"]`));
  bell().dataset.unread = String(unread);
  slot("count").textContent = unread < 100 ? String(unread) : "99+";
  slot("number").textContent = String(unread);
  slot("count").hidden = slot("spoken").hidden = unread === 0;
};

const readAgain = async () => {
  try {
    const fragment = await fetchFragment("/notifications/bell");
    const fresh = fragment?.querySelector("#bell");
    if (fresh instanceof HTMLElement) show(Number(fresh.dataset.unread));
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error; // the connection's own notice says that the server is unreachable
  }
};

export const startBell = () => {
  let seenLive = false;
  live.addEventListener("resync", () => {
    if (seenLive) readAgain(); // the page came with its number, which is stale only after a gap
    seenLive = true;
  });
  live.addEventListener("notification", (event) => {
    const notification = /** @type {CustomEvent} */ (event).detail;
    show(notification.unread);
    if (!notification.quiet) showToast({ ...notification, readUrl: `/notifications/${notification.id}/read` });
  });
  // If push does not announce the notification, the end of a run does.
  ledger.addEventListener("change", (event) => {
    const { row, before } = /** @type {CustomEvent<{row: RunRow, before: RunRow|undefined}>} */ (event).detail;
    if (mustAsk() && before && isActive(before) && !isActive(row)) readAgain();
  });
  // Opening the run marks its notification as read.
  document.addEventListener("click", (event) => {
    const link = /** @type {Element} */ (event.target).closest("[data-read-url]");
    if (link instanceof HTMLElement && link.dataset.readUrl) post(link.dataset.readUrl);
  });
};
