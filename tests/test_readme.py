from pathlib import Path

import pytest

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
# Blocks that need torch; the others are run from the wheel, without it.
BLOCKS = [part.partition("\n```")[0] for part in README.split("```py\n")[1:]]


@pytest.mark.parametrize("block", BLOCKS)
def test_the_examples_with_torch_run(block: str, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "README.md", "exec"), {})  # the page is ours


def test_there_are_examples() -> None:
    assert len(BLOCKS) >= 1
