// The restore wizard: counts what is selected, keeps unsaved choices in this tab, and puts the focus on each step's heading.
// Without this script the forms still work.
import { fill } from "./rules.js";

/** @typedef {Record<string, string[]>} Choices */

const FIELDS = "input[type='checkbox'], input[type='radio'], select";

/** @param {HTMLFormElement} form */
const fieldsOf = (form) =>
  /** @type {(HTMLInputElement|HTMLSelectElement)[]} */ ([...form.querySelectorAll(FIELDS)]).filter((field) => field.name);

/**
 * @param {HTMLFormElement} form
 * @param {boolean} asServed  what the server sent, rather than what is chosen now
 */
const choicesOf = (form, asServed = false) => {
  /** @type {Choices} */
  const found = {};
  for (const field of fieldsOf(form)) {
    const values = (found[field.name] ??= []);
    if (field instanceof HTMLSelectElement) {
      const served = [...field.options].find((option) => option.defaultSelected) ?? field.options[0];
      values.push(asServed ? served?.value ?? "" : field.value);
    } else if (asServed ? field.defaultChecked : field.checked) values.push(field.value);
  }
  return found;
};

/** @param {HTMLFormElement} form */
const keyOf = (form) => `wizard:${form.getAttribute("action")}`;

/** @param {HTMLFormElement} form  @param {Choices} choices */
const apply = (form, choices) => {
  for (const field of fieldsOf(form)) {
    const values = choices[field.name];
    if (!values) continue;
    if (!(field instanceof HTMLSelectElement)) field.checked = values.includes(field.value);
    else if ([...field.options].some((option) => option.value === values[0])) field.value = values[0] ?? "";
  }
};

// What was chosen and not saved survives Back, a reload, and signing in again. It is dropped once the server sends
// something else than before: then it was saved, or somebody else has decided.
/** @param {HTMLFormElement} form */
const restore = (form) => {
  const served = JSON.stringify(choicesOf(form, true));
  const kept = JSON.parse(sessionStorage.getItem(keyOf(form)) ?? "null");
  if (kept?.served === served) apply(form, kept.choices);
  else {
    sessionStorage.removeItem(keyOf(form));
    apply(form, choicesOf(form, true)); // the browser's own memory may be of an older page
  }
};

/** @param {HTMLFormElement} form */
const keep = (form) => {
  const kept = { served: JSON.stringify(choicesOf(form, true)), choices: choicesOf(form) };
  sessionStorage.setItem(keyOf(form), JSON.stringify(kept));
};

/** @param {HTMLFormElement} form */
const count = (form) => {
  const slot = /** @type {HTMLElement|null} */ (form.querySelector("[data-slot='selected']"));
  if (!slot) return;
  const boxes = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[name='item']")]);
  const changed = boxes.reduce((sum, box) => sum + Number(box.checked) - Number(box.defaultChecked), 0);
  const number = (Number(slot.dataset.selected) + changed).toLocaleString(document.documentElement.lang);
  slot.textContent = fill(slot.dataset.text ?? "", { number });
};

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-wizard]"))) {
  restore(form);
  count(form);
  form.addEventListener("change", () => {
    keep(form);
    count(form);
  });
}

const heading = /** @type {HTMLElement|null} */ (document.querySelector(".wizard-steps") && document.querySelector("main h1"));
// The outline helps those who move by keyboard; others did not ask where the focus is.
document.addEventListener("keydown", () => sessionStorage.setItem("wizard:keyboard", "yes"));
document.addEventListener("pointerdown", () => sessionStorage.removeItem("wizard:keyboard"));
if (heading && !location.hash) {
  heading.classList.toggle("by-keyboard", sessionStorage.getItem("wizard:keyboard") === "yes");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
