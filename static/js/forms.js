// Forms: a double click sends one request, and empty filters are left out of the URL.

/** After how many milliseconds a form is released whose page does not change (a download). */
const RELEASE = 8000;

/** @param {HTMLFormElement} form @param {boolean} busy */
const setBusy = (form, busy) => {
  form.toggleAttribute("data-busy", busy);
  form.querySelectorAll("button[type='submit'], button:not([type])").forEach((button) => {
    button.setAttribute("aria-busy", String(busy));
  });
};

/** @param {SubmitEvent} event */
const guardSubmit = (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.method !== "post") return;
  if (form.hasAttribute("data-busy")) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  setBusy(form, true);
  setTimeout(() => setBusy(form, false), RELEASE);
};

/** @param {FormDataEvent} event */
const omitEmpty = (event) => {
  if (!(/** @type {HTMLFormElement} */ (event.target).hasAttribute("data-omit-empty"))) return;
  for (const [name, value] of [...event.formData.entries()]) {
    if (value === "") event.formData.delete(name);
  }
};

export const startForms = () => {
  // In the capture phase, so before htmx.
  document.addEventListener("submit", guardSubmit, { capture: true });
  document.addEventListener("formdata", omitEmpty);
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = /** @type {Element} */ (event.target).closest("form");
    if (form) setBusy(form, false);
  });
  // The Back button may restore a page with a form that is being sent.
  addEventListener("pageshow", () => document.querySelectorAll("form[data-busy]").forEach((form) => {
    setBusy(/** @type {HTMLFormElement} */ (form), false);
  }));
};
