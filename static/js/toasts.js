// Toasts, which never block (R13); they disappear by themselves, errors stay until dismissed.

const STAY = 8000;
/** More toasts would cover the page; those removed early are in the inbox and the widget. */
const MOST = 5;
const region = () => /** @type {HTMLElement} */ (document.getElementById("toasts"));

/** @param {string} templateId */
const fromTemplate = (templateId) => {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(templateId));
  return /** @type {HTMLElement} */ (/** @type {Element} */ (template.content.firstElementChild).cloneNode(true));
};

/** @param {{title: string, body?: string, level: string, url: string, readUrl?: string}} message */
export const showToast = ({ title, body, level, url, readUrl }) => {
  const toast = fromTemplate(`toast-${level}-template`);
  /** @param {string} name */
  const slot = (name) => /** @type {HTMLElement} */ (toast.querySelector(`[data-slot="${name}"]`));
  slot("title").textContent = title;
  slot("message").textContent = body ?? "";
  slot("message").hidden = !body;
  slot("link").setAttribute("href", url);
  if (readUrl) slot("link").dataset.readUrl = readUrl;
  region().append(toast);
};

/** @param {string} templateId */
const showReady = (templateId) => region().append(fromTemplate(templateId));

/** @param {HTMLElement} toast */
const leave = (toast) => {
  if (toast.matches(":hover, :focus-within")) {
    setTimeout(() => leave(toast), 1500);
    return;
  }
  toast.classList.add("leaving");
  setTimeout(() => toast.remove(), 300);
};

/** A toast replaces older ones about the same run. @param {HTMLElement} toast */
const dropOlder = (toast) => {
  const link = toast.querySelector("a[href]")?.getAttribute("href");
  if (!link) return;
  for (const other of region().querySelectorAll("[data-toast]")) {
    if (other !== toast && other.querySelector("a[href]")?.getAttribute("href") === link) other.remove();
  }
};

/** Removes the oldest first; errors, and the toast that is being read, stay. */
const makeRoom = () => {
  const passing = [...region().querySelectorAll("[data-toast]:not([data-level='danger'])")];
  passing.slice(0, -MOST).filter((toast) => !toast.matches(":hover, :focus-within")).forEach((toast) => toast.remove());
};

/** @param {Node} node */
const arrange = (node) => {
  if (!(node instanceof HTMLElement) || !node.matches("[data-toast]")) return;
  dropOlder(node);
  makeRoom();
  if (node.dataset.level !== "danger") setTimeout(() => leave(node), STAY);
};

/** The server has answered, so notices about its absence are removed. */
export const dropOffline = () => region().querySelectorAll("[data-offline]").forEach((toast) => toast.remove());

export const startToasts = () => {
  region().childNodes.forEach(arrange);
  new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(arrange)))
    .observe(region(), { childList: true });
  document.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-dismiss-toast]");
    button?.closest("[data-toast]")?.remove();
  });
  const sayOffline = () => { dropOffline(); showReady("toast-offline-template"); };
  document.addEventListener("htmx:sendError", sayOffline);
  document.addEventListener("htmx:timeout", sayOffline);
  document.addEventListener("htmx:afterRequest", (event) => {
    if (/** @type {CustomEvent<{xhr: XMLHttpRequest}>} */ (event).detail.xhr.status > 0) dropOffline();
  });
};
