"""The page for choosing who signs in: a stand-in for Microsoft's, clearly marked as simulated."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import render_template_string

from ops_admin.simulator.messages import Answer
from ops_admin.simulator.people import Person

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Simulated Microsoft sign-in</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; display: grid; place-items: center; min-height: 100vh;
  background: Canvas; color: CanvasText; }
main { width: min(26rem, calc(100vw - 2rem)); }
h1 { font-size: 1.375rem; margin: 0 0 .25rem; } h2 { font-size: .875rem; margin: 1.25rem 0 .5rem; }
p { margin: 0 0 1rem; } ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem; }
a { display: block; padding: .625rem .875rem; border: 1px solid GrayText; border-radius: 6px; color: inherit;
  text-decoration: none; } a:hover { border-color: CanvasText; } small { display: block; overflow-wrap: anywhere; }
.cancel { margin-top: 1.25rem; border-color: transparent; text-decoration: underline; padding-left: 0; }
</style>
</head>
<body>
<main>
<h1>Simulated Microsoft sign-in</h1>
<p>The application asks to act for you with <strong>{{ scopes }}</strong>. Choose who you are.</p>
{% for tenant, people in directories %}
<h2>{{ tenant }}</h2>
<ul>
{% for person, link in people %}
<li><a href="{{ link }}">{{ person.display_name }}<small>{{ person.user_principal_name }}</small></a></li>
{% else %}
<li>Nobody lives in this directory.</li>
{% endfor %}
</ul>
{% endfor %}
<a class="cancel" href="{{ cancel }}">Cancel</a>
</main>
</body>
</html>
"""


def sign_in_page(directories: list[tuple[str, list[Person]]], asked: Mapping[str, str]) -> Answer:
    """List the people of each directory, each with a link that consents as them."""
    listed = [
        (tenant, [(person, _link(asked, person=person.id)) for person in people]) for tenant, people in directories
    ]
    scopes = ", ".join(scope.rpartition("/")[2] for scope in asked["scope"].split())
    page = render_template_string(PAGE, directories=listed, scopes=scopes, cancel=_link(asked, cancel="1"))
    return Answer(200, raw=page.encode(), raw_type="text/html; charset=utf-8")


def _link(asked: Mapping[str, str], **more: str) -> str:
    return f"?{urlencode({**asked, **more})}"
