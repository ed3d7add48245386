// Buttons that copy a text: data-copy="the text", or data-copy-from="#element". Hidden if the browser forbids copying.

const SAY_FOR = 1500;

/** @param {HTMLElement} button */
const textOf = (button) => {
  const from = button.dataset.copyFrom;
  return from ? document.querySelector(from)?.textContent ?? "" : button.dataset.copy ?? "";
};

/** @param {HTMLElement} button */
const copy = async (button) => {
  await navigator.clipboard.writeText(textOf(button));
  button.dataset.copied = "true";
  setTimeout(() => delete button.dataset.copied, SAY_FOR);
};

export const startCopyButtons = () => {
  if (!navigator.clipboard) {
    document.documentElement.classList.add("no-clipboard");
    return;
  }
  document.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-copy], [data-copy-from]");
    if (button instanceof HTMLElement) copy(button);
  });
};
