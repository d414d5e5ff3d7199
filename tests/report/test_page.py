import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import pandas as pd
import pytest
from report_documents import HOSTILE, hostile_document, large_document, weather_document

from infoscope.report.document import Document, Learning
from infoscope.report.page import LIBRARIES, SCRIPTS, render


class Elements(HTMLParser):
    """Elements of a page with their attributes, and the text of each kind of element."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in {"meta", "input", "img"}:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        for tag in self.open[-1:]:
            self.texts[tag][-1] += data


@pytest.fixture(scope="module")
def hostile() -> Elements:
    return Elements(render(hostile_document()))


@pytest.fixture(scope="module")
def weather() -> str:
    return render(weather_document())


def test_markup_in_the_data_makes_no_elements(hostile) -> None:
    assert not hostile.open
    scripts = [attributes for tag, attributes in hostile.found if tag == "script"]
    assert scripts == [
        {"type": "application/json", "id": "report-data"},
        {"type": "text/plain", "id": "library-cytoscape"},
        {"type": "text/plain", "id": "library-plotly"},
        {},
    ]
    images = [attributes for tag, attributes in hostile.found if tag == "img"]
    assert images == [{"alt": HOSTILE[2] + HOSTILE[1], "hidden": None}]
    assert not [a for _, attributes in hostile.found for a in attributes if a.startswith("on")]


def test_texts_of_the_data_are_shown_as_they_are(hostile) -> None:
    text = HOSTILE[2] + HOSTILE[1]
    assert hostile.texts["h1"] == [text]
    assert hostile.texts["title"] == [text]
    assert text in hostile.texts["pre"]
    content = json.loads(hostile.texts["script"][0])
    names = content["networks"][0]["names"]
    assert names[0] == HOSTILE[0]
    assert names[3] == "two lines and more"


def test_the_policy_allows_only_the_scripts_of_the_page(weather) -> None:
    elements = Elements(weather)
    (policy,) = [a["content"] for tag, a in elements.found if tag == "meta" and "http-equiv" in a]
    assert policy.startswith("default-src 'none'; ")
    allowed = set(re.findall(r"'sha256-([^']+)'", policy))
    digests = {
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        for script in elements.texts["script"][1:]
    }
    assert digests == allowed
    assert "http" not in policy


def test_nothing_is_fetched(weather) -> None:
    for tag, attributes in Elements(weather).found:
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            address = attributes.get(name) or "#"
            assert address.startswith(("#", "data:")), (tag, attributes)
    style = "".join(Elements(weather).texts["style"])
    assert "url(" not in style
    assert "@import" not in style


def test_own_scripts_never_parse_text_as_markup() -> None:
    folder = files("infoscope.report") / "static"
    listed = {f"{name}.js" for name in SCRIPTS}
    assert {path.name for path in folder.iterdir() if path.name.endswith(".js")} == listed
    for name in listed:
        script = (folder / name).read_text(encoding="utf-8")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script
        )
        assert "fetch(" not in script


def test_each_library_has_its_licence() -> None:
    vendor = files("infoscope.report") / "static" / "vendor"
    names = {path.name for path in vendor.iterdir()}
    assert names == {
        "LICENSE-cytoscape", "LICENSE-plotly", "cytoscape.min.js", "plotly-basic.min.js",
    }  # fmt: skip
    for name in ("LICENSE-cytoscape", "LICENSE-plotly"):
        assert "Permission is hereby granted, free of charge" in (vendor / name).read_text("utf-8")


def test_a_library_comes_only_with_what_it_draws() -> None:
    static = files("infoscope.report") / "static"
    sizes = {name: len((static / path).read_bytes()) for name, path in LIBRARIES.items()}
    bare = render(Document("Nothing"))
    assert len(bare) < 200_000
    learning = Learning(pd.DataFrame({"curve": ["e"], "epoch": [0], "value": [1.0]}))
    assert len(render(Document("Curves", learning=learning))) > sizes["plotly"]
    assert len(render(large_document(50))) > sizes["cytoscape"]
    assert len(render(large_document(50))) < sizes["plotly"]


def test_parts_that_are_missing_are_left_out() -> None:
    bare = Elements(render(Document("Nothing yet")))
    parts = [a["id"] for tag, a in bare.found if tag == "section"]
    assert parts == ["answer", "methods"]
    every = Elements(render(weather_document()))
    parts = [a["id"] for tag, a in every.found if tag == "section"]
    assert parts == ["answer", "network", "learning", "paper", "methods"]


def test_claims_are_by_claim_and_mode(weather) -> None:
    found = Elements(weather)
    verdicts = [
        a["class"] for tag, a in found.found if (a.get("class") or "").startswith("verdict")
    ]
    assert verdicts.count("verdict refuted") == 2 + 2  # two claims, and two parts
    assert verdicts.count("verdict supported") == 1 + 1


def test_a_table_of_claims_with_other_columns_is_shown_as_it_is() -> None:
    claims = pd.DataFrame({"sentence": ["<b>a</b>"], "answer": [0.25]})
    page = Elements(render(Document("t", claims=claims)))
    assert "<b>a</b>" in page.texts["th"]
    assert "0.25" in page.texts["td"]


def test_the_page_of_the_papers_run_is_small(weather) -> None:
    assert len(weather.encode()) < 3_000_000


def test_a_page_depends_on_its_document_alone() -> None:
    assert render(hostile_document()) == render(hostile_document())
