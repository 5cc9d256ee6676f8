"""Every package that is handed out brings its licence: a build without one ends."""

from pathlib import Path

import licences
import pytest

_METADATA = "Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{more}\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


def _package(site: Path, name: str, more: str = "", **texts: str) -> None:
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(_METADATA.format(name=name, more=more))
    for file, text in texts.items():
        path = info / file.replace("__", "/")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def _known(folder: Path, text: str = "") -> Path:
    (folder / "licences.toml").write_text(text)
    return folder / "licences.toml"


def test_texts_are_collected_wherever_a_wheel_has_them(site: Path, tmp_path: Path) -> None:
    _package(site, "new", "License-Expression: MIT", licenses__LICENSE="new text", licenses__AUTHORS="who")
    _package(site, "old", "Classifier: License :: OSI Approved :: BSD License", COPYING="old text")
    python = tmp_path / "LICENSE.txt"
    python.write_text("python's")
    licences.collect(site, {("Python", "3.13", "PSF-2.0"): python}, tmp_path / "out", _known(tmp_path))
    assert (tmp_path / "out" / "new" / "LICENSE").read_text() == "new text"
    assert (tmp_path / "out" / "new" / "AUTHORS").read_text() == "who"
    assert (tmp_path / "out" / "old" / "COPYING").read_text() == "old text"
    assert (tmp_path / "out" / "Python" / "LICENSE.txt").read_text() == "python's"
    table = (tmp_path / "out" / "LICENSES.txt").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split() for line in table[-3:]] == [
        ["new", "1.0", "MIT", "new"],
        ["old", "1.0", "BSD", "License", "old"],
        ["Python", "3.13", "PSF-2.0", "Python"],
    ]


@pytest.mark.parametrize("texts", [{}, {"licenses__LICENSE": " \n"}], ids=["none", "an empty one"])
def test_a_package_without_one_ends_the_build(site: Path, tmp_path: Path, texts: dict[str, str]) -> None:
    _package(site, "bare", **texts)
    with pytest.raises(licences.NoLicence, match=r"bare 1\.0 has no licence text"):
        licences.collect(site, {}, tmp_path / "out", _known(tmp_path))


def test_unless_its_text_is_known_from_elsewhere(site: Path, tmp_path: Path) -> None:
    _package(site, "bare")
    (tmp_path / "bare.txt").write_text("from its sdist")
    known = _known(tmp_path, '[bare]\nfile = "bare.txt"\nfrom = "its sdist, 1.0"\n')
    licences.collect(site, {}, tmp_path / "out", known)
    assert (tmp_path / "out" / "bare" / "LICENSE.txt").read_text() == "from its sdist"


def test_the_licence_of_what_is_taken_out_is_not_there(site: Path, tmp_path: Path) -> None:
    _package(site, "xlwings", licenses__LICENSE="BSD")
    (site / "xlwings-1.0.dist-info" / "licenses" / "LICENSE_PRO.txt").write_text("a key is needed")
    licences.collect(site, {}, tmp_path / "out", _known(tmp_path))
    assert [path.name for path in (tmp_path / "out" / "xlwings").iterdir()] == ["LICENSE"]
