"""The report: one self-contained HTML file for screen and paper (R46)."""

import base64
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from flask import current_app
from markupsafe import Markup

from ops_admin.reviews.options import PackOptions
from ops_admin.reviews.report.assignments import CoverageFigures
from ops_admin.reviews.report.changes import ChangesFigures
from ops_admin.reviews.report.inventory import InventoryFigures
from ops_admin.reviews.report.runs import RunFigures

NAME = "report.html"
_TEMPLATE = "reviews/report/document.html"
_STYLE = "reviews/report/report.css"


@dataclass(frozen=True)
class Cover:
    """The facts on a pack's cover, without e-mail addresses."""

    tenant_name: str
    tenant_id: str
    run_id: int
    started_by: str
    since: datetime
    generated_at: datetime
    expires_at: datetime
    options: PackOptions


@dataclass(frozen=True)
class Sections:
    """The figures of each section; None if it was not requested."""

    inventory: InventoryFigures | None
    changes: ChangesFigures | None
    assignments: CoverageFigures | None
    runs: RunFigures | None


def write_report(folder: Path, cover: Cover, sections: Sections) -> None:
    """Write report.html next to the files of the sections."""
    # The stylesheet is a template without expressions, because the loader knows where templates are.
    style = current_app.jinja_env.get_template(_STYLE).render()
    element = Markup("<style>{}</style>").format(Markup(style))  # noqa: S704  # nosec  # our own stylesheet
    # Without the context of signed-in pages, because a worker has no request.
    stream = current_app.jinja_env.get_template(_TEMPLATE).stream(
        cover=cover,
        sections=sections,
        files=sorted(path.name for path in folder.iterdir()),
        style=element,
        policy=_content_policy(style),
    )
    with (folder / NAME).open("w", encoding="utf-8", errors="replace") as file:
        stream.enable_buffering(50)
        file.writelines(stream)


def _content_policy(style: str) -> str:
    """Forbid the report to load or run anything, so that policy names stay text whatever they contain."""
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
