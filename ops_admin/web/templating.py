"""What every template uses hundreds of times a page, made cheap: translated words and icons.

A list of fifty runs asks for a thousand of them. As macros and by Flask-Babel's own functions that was half of the time
a page took.
"""

from functools import cache

from flask import Flask, g
from flask_babel import get_domain, get_locale
from markupsafe import Markup, escape

_SPRITE = "vendor/tabler-icons.svg"
# By language: only texts that stand in templates come here, so it cannot grow without bound.
_words: dict[str, dict[str, Markup]] = {}


def bind(app: Flask) -> None:
    """Give all templates `_` and `icon`, macros too."""
    sprite = f"{app.static_url_path}/{_SPRITE}"

    @cache
    def icon(name: str, css_class: str = "") -> Markup:
        """One icon of the vendored sprite; add its name to scripts/vendor/icons.txt and run `make vendor`.

        Always decoration: the text beside it (or a visually hidden one) carries the meaning.
        """
        classes = f"icon {css_class}".strip()
        shape = f'<use href="{escape(sprite)}#{escape(name)}" />'
        return Markup(f'<svg class="{escape(classes)}" aria-hidden="true" focusable="false">{shape}</svg>')  # noqa: S704  # nosec  # escaped

    app.jinja_env.globals.update(_=translate, icon=icon)


def translate(text: str, /, **values: object) -> Markup:
    """Return `text` of a template in the reader's language, with `values` escaped and put in, as Flask-Babel's `_`."""
    words = _words_of_reader()
    found = words.get(text)
    if found is None:
        # A translator's text is trusted like the template that it stands for.
        found = words[text] = Markup(get_domain().get_translations().ugettext(text))  # noqa: S704  # nosec
    return found % values if values or "%" in found else found


def _words_of_reader() -> dict[str, Markup]:
    found: dict[str, Markup] | None = g.get("translated_words")
    if found is None:
        found = g.translated_words = _words.setdefault(str(get_locale()), {})
    return found
