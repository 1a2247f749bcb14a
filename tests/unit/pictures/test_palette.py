import re

import pytest

from swarmdsl.pictures.palette import DARK, LIGHT, contrast

READ = ["ink", "faint"]
SEEN = ["rim", "data", "loop", "function", "daemon", "script", "program", "image", "run"]
FINDINGS = ["error", "warning", "info"]
PALETTES = [pytest.param(LIGHT, id="light"), pytest.param(DARK, id="dark")]


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("text", READ)
@pytest.mark.parametrize("ground", ["paper", "box"])
def test_text_can_be_read(palette: dict[str, str], text: str, ground: str) -> None:
    assert contrast(palette[text], palette[ground]) >= 4.5


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("line", SEEN + FINDINGS)
def test_lines_can_be_seen(palette: dict[str, str], line: str) -> None:
    assert contrast(palette[line], palette["paper"]) >= 3.0


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("finding", FINDINGS)
def test_the_code_of_a_finding_can_be_read_on_its_colour(
    palette: dict[str, str], finding: str
) -> None:
    assert contrast(palette["on_mark"], palette[finding]) >= 4.5


def test_both_palettes_name_the_same_things() -> None:
    assert set(LIGHT) == set(DARK)
    assert all(re.fullmatch("#[0-9a-f]{6}", one) for one in (*LIGHT.values(), *DARK.values()))
