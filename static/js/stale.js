// Says on a tenant's page that a run on the tenant has ended since it was loaded; the reader decides when to reload.
import { waitsFor } from "./filling.js";
import { fill, isActive } from "./rules.js";
import { ledger } from "./ledger.js";

/** @typedef {import("./rules.js").RunRow} RunRow */

export const startStaleNotice = () => {
  ledger.addEventListener("change", (event) => {
    const notice = document.getElementById("stale");
    if (!notice) return;
    const { row, before } = /** @type {CustomEvent<{row: RunRow, before: RunRow|undefined}>} */ (event).detail;
    // A part of the page that follows runs of this type by itself is not out of date.
    if (row.type === "review_pack.generate" && document.querySelector("[data-review-packs]")) return;
    if (row.type.startsWith("restore.") && document.querySelector("#restore")) return;
    if (waitsFor(row)) return;
    if (isActive(row) || !before || String(row.tenant_id) !== notice.dataset.tenantId) return;
    /** @type {HTMLElement} */ (notice.querySelector('[data-slot="text"]')).textContent = fill(notice.dataset.text ?? "", { label: row.label });
    notice.hidden = false;
  });
};
