"""The page in Chromium. Numbers are compared with those of the document, computed here."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from browser import Visit, browser, visit
from report_documents import (
    hostile_document,
    large_document,
    odd_document,
    weather_document,
)

from infoscope.report import embedding
from infoscope.report.document import Document, MatrixView
from infoscope.report.page import render

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True}
MAKERS = {
    "weather": weather_document,
    "large": large_document,
    "hostile": hostile_document,
    "bare": lambda: Document("Nothing yet"),
    "odd": odd_document,
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def reports(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    paths = {name: folder / f"{name}.html" for name in MAKERS}
    for name, path in paths.items():
        path.write_text(render(MAKERS[name]()), encoding="utf-8")
    return paths


@pytest.fixture(scope="module")
def flow() -> MatrixView:
    return weather_document().networks[0].measures[0]


def exact(view: MatrixView) -> np.ndarray:
    return np.where(np.asarray(view.possible), np.asarray(view.values), np.nan)


def names() -> list[str]:
    return list(weather_document().networks[0].nodes.index)


def press(seen: Visit, key: str, times: int = 1) -> None:
    for _ in range(times):
        seen.page.keyboard.press(key)
    seen.settle()


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_message_no_request_and_no_script_of_the_data(chromium, reports, name, scheme) -> None:
    with visit(chromium, reports[name], color_scheme=scheme) as seen:
        assert seen.messages == []
        assert [address for address in seen.requests if not address.startswith("data:")] == [
            reports[name].as_uri()
        ]
        assert seen.page.evaluate("window.broken") is None


def test_named_thresholds_count_the_edges_of_the_run(chromium, reports, flow) -> None:
    values = exact(flow)
    expected = {
        "FWER 5 %": int((np.asarray(flow.p_fwer) <= 0.05).sum()),
        "FDR 10 %": int((np.asarray(flow.q) <= 0.1).sum()),
        **{f"paper {t}": int((values >= t).sum()) for t in (0.06, 0.3, 0.4)},
    }
    with visit(chromium, reports["weather"]) as seen:
        for name, edges in expected.items():
            seen.page.get_by_role("button", name=name, exact=True).click()
            seen.settle()
            assert seen.edges == edges, name


def test_the_slider_counts_edges_and_expected_false_ones(chromium, reports, flow) -> None:
    values = exact(flow)
    with visit(chromium, reports["weather"]) as seen:
        step = seen.page.evaluate(
            "(() => { const m = JSON.parse(document.getElementById('report-data').textContent)"
            ".networks[0].matrices[0]; return m.multiple / 10 ** m.digits })()"
        )
        for code in (30, 60, 133):
            seen.page.locator("#threshold").fill(str(code))
            seen.settle()
            assert seen.edges == (values >= round(code * step, 6)).sum()
        # The run says how many edges to expect at 0.06 bits.
        seen.page.get_by_role("button", name="paper 0.06", exact=True).click()
        seen.settle()
        points = np.asarray(flow.false_edges)
        false = np.interp(0.06, points[:, 0], points[:, 1])
        shown = float(seen.page.locator("#count small").inner_text().split()[0])
        assert shown == pytest.approx(false, rel=0.06)


def test_a_click_in_the_matrix_shows_in_every_view(chromium, reports, flow) -> None:
    with visit(chromium, reports["weather"], choices="rule=mark%3Apaper+0.06") as seen:
        canvas = seen.page.locator("#matrix canvas[tabindex]")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        canvas.click(position={"x": box["width"] * 0.7, "y": box["height"] * 0.2})
        seen.settle()
        pair = seen.page.locator("#matrix .readout").inner_text().split(":")[0]
        source, target = pair.split(" → ")
        at = names().index(source)
        kept = np.nan_to_num(exact(flow), nan=-9) >= 0.06
        outs, ins = int(kept[at].sum()), int(kept[:, at].sum())
        assert seen.page.locator("#neuron").input_value() == source
        headings = seen.page.locator("#card h4").all_inner_texts()
        assert [f"Sources: {ins}", f"Sinks: {outs}"] == headings[:2]
        assert seen.page.get_attribute("#bipartite .readout", "data-edges") == str(outs + ins)
        assert seen.page.locator("#graph-note").inner_text().startswith(f"{outs + ins} edge")
        assert seen.page.locator("#table-note").inner_text().startswith(f"{outs + ins} edge")
        seen.page.locator("#table tbody tr").first.wait_for()
        chosen = seen.page.locator("#table tr.chosen")
        if kept[at, names().index(target)] and chosen.count():
            assert chosen.first.inner_text().split()[:2] == [source, target]


def test_the_matrix_answers_to_the_keyboard(chromium, reports) -> None:
    with visit(chromium, reports["weather"], choices="order=name") as seen:
        seen.page.locator("#matrix canvas[tabindex]").focus()
        press(seen, "ArrowDown", 2)
        press(seen, "ArrowRight", 5)
        text = seen.page.locator("#announcer").inner_text()
        ordered = sorted(names(), key=lambda name: (name[0], int(name[1:])))
        assert text.startswith(f"{ordered[2]} → {ordered[5]}: ")
        press(seen, "Enter")
        assert seen.page.locator("#neuron").input_value() == ordered[2]
        assert f"neuron={ordered[2]}" in seen.page.url
        press(seen, "Escape")
        assert seen.page.locator("#neuron").input_value() == ""


def test_every_control_is_reached_by_tab(chromium, reports) -> None:
    with visit(chromium, reports["weather"], choices="neuron=h7") as seen:
        reached = set()
        for _ in range(90):
            seen.page.keyboard.press("Tab")
            reached.add(seen.page.evaluate(
                "(document.activeElement.closest('[id]') ?? document.body).id"
            ))  # fmt: skip
        assert reached >= {
            "networks", "measure", "lag", "order", "threshold", "rules", "matrix", "neuron",
            "card", "bipartite", "first", "second", "table-kind", "table", "epoch",
        }  # fmt: skip


def test_tables_sort_and_say_so(chromium, reports, flow) -> None:
    with visit(chromium, reports["weather"], choices="rule=mark%3Apaper+0.3") as seen:
        heading = seen.page.locator("#table thead th", has_text="Information flow")
        for direction, best in (("descending", np.nanmax), ("ascending", np.nanmin)):
            heading.locator("button").click()
            seen.settle()
            assert heading.get_attribute("aria-sort") == direction
            first = float(seen.page.locator("#table tbody tr").first.inner_text().split()[2])
            values = exact(flow)
            assert first == pytest.approx(best(values[values >= 0.3]), abs=flow.error)
        seen.page.locator("#table-kind input[value=nodes]").check()
        seen.settle()
        assert seen.page.locator("#table-note").inner_text().startswith("45 nodes")


def test_the_brush_counts_the_edges_of_the_nodes_in_it(chromium, reports, flow) -> None:
    with visit(chromium, reports["weather"], choices="order=name&rule=mark%3Apaper+0.06") as seen:
        canvas = seen.page.locator("#bipartite canvas[tabindex]")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        step = (box["height"] - 34) / 45
        y = [box["y"] + 26 + (place + 0.5) * step for place in (25, 27)]
        seen.page.mouse.move(box["x"] + 10, y[0])
        seen.page.mouse.down()
        seen.page.mouse.move(box["x"] + 10, y[1], steps=4)
        seen.page.mouse.up()
        seen.settle()
        ordered = sorted(names(), key=lambda name: (name[0], int(name[1:])))
        rows = [names().index(name) for name in ordered[25:28]]
        expected = int((exact(flow)[rows] >= 0.06).sum())
        assert seen.page.get_attribute("#bipartite .readout", "data-edges") == str(expected)


def test_odd_networks_are_shown_one_after_another(chromium, reports) -> None:
    with visit(chromium, reports["odd"]) as seen:
        for name in ("one", "none", "bare", "impossible", "two"):
            seen.page.locator(f"#networks input[value={name}]").check()
            seen.settle()
            for kind in seen.page.locator("#table-kind input").all():
                kind.check()
                seen.settle()
            for select in (seen.page.locator("#order"), seen.page.locator("#neuron")):
                for option in select.locator("option").all() if select.is_enabled() else ():
                    select.select_option(option.get_attribute("value"))
                    seen.settle()
        # Names that differ in a line end are told apart.
        options = seen.page.locator("#neuron option").all_inner_texts()
        assert options == ["choose a neuron", "a b", "a b (2)"]
        seen.page.locator("#measure").select_option("g")
        seen.settle()
        assert seen.page.locator("#scale-high").inner_text().startswith("∞")
        assert seen.messages == []


def test_a_page_with_the_largest_edges_says_so(chromium, flow, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(embedding, "MOST_CELLS", 100)
    monkeypatch.setattr(embedding, "MOST_EDGES", 300)
    path = tmp_path / "largest.html"
    path.write_text(render(weather_document()), encoding="utf-8")
    values = exact(flow)
    largest = np.sort(values[np.isfinite(values)])[-300:]
    with visit(chromium, path, choices="rule=mark%3Apaper+0.3") as seen:
        assert seen.edges == (largest >= 0.3).sum()
        seen.page.locator("#threshold").fill("0")
        seen.settle()
        assert seen.edges == (largest >= 0).sum()
        limits = seen.page.locator("#limits").inner_text()
        assert "300 largest edges" in limits
        assert f"{np.isfinite(values).sum():,}" in limits
        assert seen.messages == []


def test_networks_measures_and_lags_switch_in_place(chromium, reports) -> None:
    corrected = weather_document().networks[1]
    with visit(chromium, reports["weather"], choices="rule=mark%3Apaper+0.06") as seen:
        seen.page.locator("#networks input[value=corrected]").check()
        seen.page.locator("#lag").select_option("2")
        seen.settle()
        assert seen.edges == (exact(corrected.measures[1]) >= 0.06).sum()
        seen.page.locator("#measure").select_option("influence")
        seen.settle()
        assert seen.edges == (exact(corrected.measures[2]) >= 0.06).sum()


def test_the_difference_is_between_the_two_matrices(chromium, reports) -> None:
    first, second = (network.measures[0] for network in weather_document().networks)
    a, b = exact(first) >= 0.3, exact(second) >= 0.3
    with visit(chromium, reports["weather"], choices="rule=mark%3Apaper+0.3") as seen:
        facts = seen.page.locator("#difference-facts dd").all_inner_texts()
        assert facts[:3] == [str((a & b).sum()), str((a & ~b).sum()), str((~a & b).sum())]
        known = np.isfinite(exact(first)) & np.isfinite(exact(second))
        r = np.corrcoef(exact(first)[known], exact(second)[known])[0, 1]
        assert float(facts[3].replace("−", "-")) == pytest.approx(r, abs=0.002)


def test_the_address_brings_the_page_back(chromium, reports) -> None:
    choices = "network=corrected&lag=2&order=cluster&rule=from%3A0.2&neuron=h3&table=nodes"
    with visit(chromium, reports["weather"], choices=f"{choices}&theme=dark&epoch=50") as seen:
        assert seen.page.locator("#networks input:checked").input_value() == "corrected"
        assert seen.page.locator("#lag").input_value() == "2"
        assert seen.page.locator("#order").input_value() == "cluster"
        assert seen.page.locator("#neuron").input_value() == "h3"
        assert seen.page.locator("#epoch-value").inner_text() == "50"
        assert seen.page.evaluate("document.documentElement.dataset.theme") == "dark"
        edges = (exact(weather_document().networks[1].measures[1]) >= 0.2).sum()
        assert seen.edges == edges


@pytest.mark.parametrize(
    "choices",
    ["network=none&rule=level%3Anone&neuron=%3Cimg%3E&edge=9-x&order=no&lag=a&epoch=z&sort=q",
     "rule=from%3A&edge=-1-&table=&first=x&second=y&theme=pink", "%%%&&==&rule=mark%3A"],
)  # fmt: skip
def test_a_broken_address_shows_the_page_without_it(chromium, reports, choices) -> None:
    with visit(chromium, reports["weather"], choices=choices) as seen:
        assert seen.messages == []
        assert seen.edges > 0


def test_planes_follow_the_slider_and_gates_are_hollow(chromium, reports) -> None:
    with visit(chromium, reports["weather"], choices="epoch=50") as seen:
        seen.page.locator("#epoch").focus()
        press(seen, "ArrowLeft")
        assert seen.page.locator("#epoch-value").inner_text() == "20"
        traces = seen.page.evaluate(
            "document.getElementById('planes').data.filter(t => t.showlegend !== false)"
            ".map(t => ({x: t.x.length, open: t.marker.symbol.filter(s => /open/.test(s)).length}))"
        )
        # Epochs 0, 1, 2, 5, 10, 20 of each layer; the gate fails at the first two.
        assert traces == [{"x": 6, "open": 2}] * 2
        symbols = seen.page.evaluate(
            "document.getElementById('curves').data.filter(t => t.marker)"
            ".map(t => t.marker.symbol.filter(s => /open/.test(s)).length)"
        )
        assert symbols == [2] * 4
        assert "onset of learning" in seen.page.locator("#curves").inner_text()


@pytest.mark.parametrize("name", MAKERS)
def test_a_phone_needs_no_sideways_scroll(chromium, reports, name) -> None:
    with visit(chromium, reports[name], **PHONE) as seen:
        width = seen.page.evaluate("document.documentElement.scrollWidth")
        assert width == 390


def test_the_theme_follows_the_reader_and_the_switch(chromium, reports) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    pixel = (
        "(() => { const c = document.querySelector('#matrix canvas');"
        " return [...c.getContext('2d').getImageData(c.width / 2, c.height - 60, 1, 1).data] })()"
    )
    looks = {}
    for scheme in ("light", "dark"):
        with visit(chromium, reports["weather"], color_scheme=scheme) as seen:
            looks[scheme] = seen.page.evaluate(paper), seen.page.evaluate(pixel)
            other = "dark" if scheme == "light" else "light"
            seen.page.locator(f"#theme input[value={other}]").check()
            seen.settle()
            looks[f"{scheme} then {other}"] = seen.page.evaluate(paper), seen.page.evaluate(pixel)
    assert looks["light"] == looks["dark then light"]
    assert looks["dark"] == looks["light then dark"]
    assert sum(looks["dark"][1][:3]) < 200 < sum(looks["light"][1][:3])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["weather", "hostile"])
def test_axe_finds_nothing(chromium, reports, name, scheme) -> None:
    from axe_playwright_python.sync_playwright import Axe

    choices = f"neuron={quote('h7')}" if name == "weather" else ""
    with visit(chromium, reports[name], color_scheme=scheme, choices=choices) as seen:
        seen.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        found = Axe().run(seen.page).response["violations"]
        told = [(each["id"], [node["target"] for node in each["nodes"]][:4]) for each in found]
        assert told == []


def test_a_page_without_scripts_has_findings_claims_and_methods(chromium, reports) -> None:
    context = chromium.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(reports["weather"].as_uri())
    assert page.locator(".findings li").count() == 4
    assert page.locator(".claims tbody tr").count() == 2
    assert page.locator(".prose p").count() == 2
    context.close()


def test_a_picture_shows_and_its_scripts_do_not_run(chromium, reports) -> None:
    with visit(chromium, reports["weather"]) as seen:
        seen.page.locator(".picture summary").click()
        # Asked again from here: the policy of the page refuses a script that waits in it.
        for _ in range(100):
            if width := seen.page.evaluate("document.querySelector('.picture img').naturalWidth"):
                break
            seen.page.wait_for_timeout(50)
        assert width > 0
        assert seen.page.evaluate("window.broken") is None
        assert seen.messages == []


def test_paper_gets_pictures_of_what_the_screen_shows(chromium, reports, tmp_path) -> None:
    with visit(chromium, reports["weather"], color_scheme="dark", choices="neuron=h7") as seen:
        seen.page.pdf(path=tmp_path / "report.pdf")
        assert (tmp_path / "report.pdf").stat().st_size > 50_000
        # After printing the page is as before.
        assert seen.page.locator(".printed").count() == 0
        assert seen.page.evaluate("document.documentElement.dataset.theme") is None
        assert seen.messages == []
