// Lists with selectable rows: the bar above them counts, and shows actions once something is selected.
// Without this script the boxes and buttons still work, and the bar always shows its buttons.
import { fill } from "./rules.js";

/** @param {HTMLFormElement} form */
const partsOf = (form) => ({
  rows: /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("[data-select-row]")]),
  page: /** @type {HTMLInputElement|null} */ (form.querySelector("[data-select-page]")),
  matching: /** @type {HTMLInputElement|null} */ (form.querySelector("[data-select-matching]")),
  bar: /** @type {HTMLElement} */ (form.querySelector(".bulk-bar")),
  count: /** @type {HTMLElement} */ (form.querySelector("[data-slot='chosen']")),
});

/** @param {HTMLFormElement} form */
const show = (form) => {
  const { rows, page, matching, bar, count } = partsOf(form);
  const chosen = rows.filter((row) => row.checked).length;
  const number = matching?.checked ? matching.dataset.selectText ?? "" : chosen.toLocaleString(document.documentElement.lang);
  const any = chosen > 0 || matching?.checked === true;
  bar.classList.toggle("is-active", any);
  count.textContent = any ? fill(count.dataset.text ?? "", { number }) : count.dataset.none ?? "";
  if (page) {
    page.checked = chosen > 0 && chosen === rows.length;
    page.indeterminate = chosen > 0 && chosen < rows.length;
  }
};

/** @param {HTMLFormElement} form */
const clear = (form) => {
  for (const box of form.querySelectorAll("input[type='checkbox']")) /** @type {HTMLInputElement} */ (box).checked = false;
  show(form);
};

/** @param {Event} event */
const change = (event) => {
  const box = /** @type {HTMLInputElement} */ (event.target);
  const form = box.closest("form[data-selection]");
  if (!(form instanceof HTMLFormElement)) return;
  const { rows, page, matching } = partsOf(form);
  if (box === page || (box === matching && box.checked)) for (const row of rows) row.checked = box.checked;
  if (box !== matching && matching && rows.some((row) => !row.checked)) matching.checked = false;
  show(form);
};

export const startSelections = () => {
  const forms = () => /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-selection]"));
  document.addEventListener("change", change);
  document.addEventListener("htmx:afterRequest", (event) => {
    const { detail } = /** @type {CustomEvent<{successful: boolean, xhr: XMLHttpRequest}>} */ (event);
    const form = /** @type {Element} */ (event.target).closest("form[data-selection]");
    const refused = detail.xhr.responseText.includes("toast-danger");
    if (form instanceof HTMLFormElement && detail.successful && !refused) clear(form);
  });
  // The Back button restores ticked boxes.
  addEventListener("pageshow", () => forms().forEach(show));
  document.addEventListener("htmx:afterSettle", () => forms().forEach(show));
  forms().forEach(show);
};
