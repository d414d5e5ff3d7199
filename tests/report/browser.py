"""Chromium for the tests of the page: without network, with every message and request recorded."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PLACES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """Path of an installed Chromium, or of the one named by CHROMIUM; None without one."""
    places = (os.environ.get("CHROMIUM", ""), *PLACES)
    return next((place for place in places if place and Path(place).exists()), None)


@contextmanager
def browser() -> Iterator[Any]:
    """Start Chromium. Skip where there is none, but fail in CI."""
    where = chromium()
    if where is None:
        reason = "no Chromium: run `make browser`, or set CHROMIUM to its path"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=where, args=list(FLAGS))
        yield started
        started.close()


@dataclass
class Visit:
    """An open page, what it wrote to the console, and which addresses it asked for."""

    page: Any
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def edges(self) -> int:
        """Number of edges that the page counts."""
        return int(self.page.get_attribute("#count", "data-edges"))

    def settle(self) -> None:
        """Wait until a change has been drawn in every view."""
        self.page.wait_for_selector("html[data-complete]")


@contextmanager
def visit(started: Any, path: Path, *, choices: str = "", **options: Any) -> Iterator[Visit]:
    """Open a report in a context of its own and wait until all of it is drawn."""
    size = {"width": 1280, "height": 900}
    context = started.new_context(**({"viewport": size, "offline": True} | options))
    context.set_default_timeout(15_000)
    seen = Visit(context.new_page())
    seen.page.on("console", lambda message: seen.messages.append(message.text))
    seen.page.on("pageerror", lambda error: seen.messages.append(str(error)))
    seen.page.on("request", lambda request: seen.requests.append(request.url))
    seen.page.goto(path.as_uri() + (f"#{choices}" if choices else ""))
    seen.page.wait_for_selector("html[data-complete]", timeout=60_000)
    yield seen
    context.close()
