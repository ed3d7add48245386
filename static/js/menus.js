// Menus of the top bar: the arrow keys move through their entries.

/** @param {HTMLElement} menu */
const entries = (menu) => /** @type {HTMLElement[]} */ ([...menu.querySelectorAll(".menu-item")]);

/** @param {KeyboardEvent} event @param {HTMLElement} menu */
const walk = (event, menu) => {
  const all = entries(menu);
  const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const places = { ArrowDown: at + 1, ArrowUp: at < 0 ? all.length - 1 : at - 1, Home: 0, End: all.length - 1 };
  if (!(event.key in places) || all.length === 0) return;
  event.preventDefault();
  all[(places[/** @type {keyof typeof places} */ (event.key)] + all.length) % all.length].focus();
};

export const startMenus = () => {
  document.addEventListener("keydown", (event) => {
    const within = /** @type {Element} */ (event.target);
    if (within.matches("input")) return; // radio buttons have arrow keys of their own
    const menu = within.closest(".menu[popover]") ?? document.querySelector(".menu[popover]:popover-open");
    if (menu instanceof HTMLElement) walk(event, menu);
  });
};
