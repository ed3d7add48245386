"""Fast versions of what templates use hundreds of times per page: translations and icons.

A list of fifty runs uses a thousand of them. As macros and with Flask-Babel's own functions, they took half of the
page's time.
"""

from functools import cache

from flask import Flask, g
from flask_babel import get_domain, get_locale
from markupsafe import Markup, escape

_SPRITE = "vendor/tabler-icons.svg"
# By language. Only texts of templates are added, so it cannot grow without limit.
_words: dict[str, dict[str, Markup]] = {}


def bind(app: Flask) -> None:
    """Provide `_` and `icon` to all templates, including macros."""
    sprite = f"{app.static_url_path}/{_SPRITE}"

    @cache
    def icon(name: str, css_class: str = "") -> Markup:
        """One icon of the vendored sprite; to add one, list it in scripts/vendor/icons.txt and run `make vendor`.

        Icons are decoration: the text next to them (maybe visually hidden) carries the meaning.
        """
        classes = f"icon {css_class}".strip()
        shape = f'<use href="{escape(sprite)}#{escape(name)}" />'
        return Markup(f'<svg class="{escape(classes)}" aria-hidden="true" focusable="false">{shape}</svg>')  # noqa: S704  # nosec  # escaped

    app.jinja_env.globals.update(_=translate, icon=icon)


def translate(text: str, /, **values: object) -> Markup:
    """Return a template's text in the reader's language, with escaped `values`, like Flask-Babel's `_`."""
    words: dict[str, Markup] | None = g.get("translated_words")
    if words is None:
        words = g.translated_words = _words.setdefault(str(get_locale()), {})
    found = words.get(text)
    if found is None:
        # Translations are trusted like the templates themselves.
        found = words[text] = Markup(get_domain().get_translations().ugettext(text))  # noqa: S704  # nosec
    return found % values if values or "%" in found else found
