// Chooses light or dark before the first paint to avoid flashing; therefore a classic script in the head.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  const chosen = () => {
    try {
      return localStorage.getItem("theme") ?? "auto";
    } catch {
      return "auto"; // storage is blocked: follow the system
    }
  };

  const apply = () => {
    const choice = chosen();
    root.dataset.bsTheme = choice === "dark" || (choice !== "light" && dark.matches) ? "dark" : "light";
    const radio = document.querySelector(`[data-theme-choice][value="${CSS.escape(choice)}"]`);
    if (radio) radio.checked = true;
  };

  root.classList.add("js");
  apply();
  dark.addEventListener("change", apply);
  addEventListener("storage", apply);
  addEventListener("DOMContentLoaded", apply);
  addEventListener("change", (event) => {
    if (!event.target.matches?.("[data-theme-choice]")) return;
    try {
      localStorage.setItem("theme", event.target.value);
    } catch {
      return; // a choice that cannot be stored would be gone on the next page
    }
    apply();
  });
})();
