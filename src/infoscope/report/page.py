"""Write a document as one HTML file that needs nothing else and requests nothing."""

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from infoscope._escaping import printable
from infoscope.report.document import Document
from infoscope.report.embedding import embedded
from infoscope.report.paper_tables import (
    SIGNS,
    captioned,
    claim_rows,
    number,
    plain_table,
    verdict_counts,
)

# In this order: later files use what earlier ones define. All share one scope.
SCRIPTS = (
    "data", "colours", "state", "dom", "panel", "controls", "matrix", "bipartite", "graph",
    "difference", "neuron", "tables", "plane", "learning", "pictures", "main",
)  # fmt: skip
# Stand in the page as text, which the browser neither reads nor runs before their first use.
LIBRARIES = {"cytoscape": "vendor/cytoscape.min.js", "plotly": "vendor/plotly-basic.min.js"}


def render(document: Document) -> str:
    """Return the page of a document.

    The page makes no request: its policy allows only the scripts written here, by their hash. Text
    of the document is escaped wherever it stands.

    Parameters
    ----------
    document : Document
        What to show; parts that are missing are left out.

    Returns
    -------
    str
        HTML, to be written as UTF-8.

    Raises
    ------
    InputError
        If a matrix contains minus infinity.

    Examples
    --------
    >>> from infoscope.report.document import Document
    >>> ">Nothing yet</h1>" in render(Document("Nothing yet"))
    True
    """
    modes, claims = ((), ()) if document.claims is None else claim_rows(document.claims)
    others = document.claims is not None and not claims and len(document.claims)
    paper = claims or others or document.ladder is not None or document.pictures
    paper = paper or document.absent
    needed = {"cytoscape": bool(document.networks), "plotly": document.learning is not None}
    libraries = {name: _asset(path) for name, path in LIBRARIES.items() if needed[name]}
    own = "\n".join(_asset(f"{name}.js") for name in SCRIPTS)
    script = f'(() => {{\n"use strict";\n{own}\n}})();'
    return _template("page.html").render(
        document=document,
        paragraphs=[part for part in document.methods.split("\n\n") if part.strip()],
        modes=modes,
        claims=claims,
        counts=verdict_counts(modes, claims),
        signs=SIGNS,
        plain_claims=plain_table(document.claims) if others else None,  # pyright: ignore[reportArgumentType] - not None there
        ladder=None if document.ladder is None else plain_table(document.ladder),
        accuracy=[captioned(table) for table in document.accuracy.tables]
        if document.accuracy
        else [],
        diagnoses=None if document.diagnoses is None else plain_table(document.diagnoses),
        paper=bool(paper),
        pictures=document.pictures,
        style=_asset("report.css"),
        libraries=libraries,
        script=script,
        data=_json(embedded(document)),
        policy=_policy([*libraries.values(), script]),
    )


def _policy(scripts: Sequence[str]) -> str:
    """Return a Content-Security-Policy that allows these scripts and no request."""
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    hashes = " ".join(f"'sha256-{base64.b64encode(d).decode()}'" for d in digests)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _json(content: Any) -> str:
    """Return JSON that cannot end the script element around it."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@cache
def _asset(name: str) -> str:
    """Return a file of ``static/`` as text that can stand in a script or style element."""
    text = files("infoscope.report").joinpath("static", name).read_text(encoding="utf-8")
    # Only a comment or a text of a script can hold these; the browser would end the element there.
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _template(name: str) -> Any:
    def source(name: str) -> str:
        place = files("infoscope.report").joinpath("templates", name)
        return place.read_text(encoding="utf-8")

    environment = Environment(
        loader=FunctionLoader(source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"line": lambda text: printable(str(text)), "number": number}
    return environment.get_template(name)
