"""What the documentation shows is what comes out, with the real uv and distributions from PyPI."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from support.processes import Place, run
from support.sandbox import base_interpreter, find_uv
from support.transcripts import copy_example, normalise, read_steps, run_steps
from xrun.ctl.help import list_pages

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(
    each for each in (ROOT / "examples").glob("*/README.md") if each.with_name("run.sh").exists()
)
PAGES = list_pages().values()
DOCUMENTS = [each for each in (ROOT / "README.md", *PAGES, *EXAMPLES) if read_steps(each)]
# How the machine reaches its package index is the machine's affair.
NETWORK = ("PIP_CERT", "PIP_INDEX_URL", "SSL_CERT_FILE", "UV_DEFAULT_INDEX", "UV_INDEX_URL")
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def make_tools(folder: Path, xrun: str) -> str:
    """Make a folder for PATH with xrun and uv alone, and the Python of these tests."""
    folder.mkdir()
    for name in ("xrun", "xrunctl"):
        (folder / name).symlink_to(Path(xrun).with_name(name))
    (folder / "uv").symlink_to(find_uv())
    for name in ("python", "python3"):
        (folder / name).symlink_to(base_interpreter())
    return str(folder)


@pytest.mark.network
@pytest.mark.skipif(os.environ.get("XRUN_TEST_NETWORK") == "0", reason="XRUN_TEST_NETWORK=0")
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_documentation_shows_what_happens(
    document: Path, tmp_path: Path, xrun: tuple[str, ...], outer_environ: dict[str, str]
) -> None:
    tools = make_tools(tmp_path / "tools", xrun[0])
    environ = {name: outer_environ[name] for name in (*NETWORK, *PROXIES) if name in outer_environ}
    environ |= {
        "PATH": os.pathsep.join([tools, "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": str(tmp_path),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "UV_PYTHON_DOWNLOADS": "never",
    }
    folder = tmp_path / "session"
    if document in EXAMPLES:
        copy_example(document, folder)
    else:
        folder.mkdir()
    steps = read_steps(document)
    found = run_steps(steps, folder, environ)
    shown = [normalise(f"$ {step.command}\n{step.shown}") for step in steps]
    assert [
        normalise(f"$ {step.command}\n{output}") for step, output in zip(steps, found, strict=True)
    ] == shown


@pytest.mark.parametrize("document", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_example_can_be_run_as_it_is_told(document: Path) -> None:
    told = [step.command for step in read_steps(document)]
    lines = document.with_name("run.sh").read_text(encoding="utf-8").splitlines()
    assert lines[lines.index("set -x") + 1 :] == told


@pytest.mark.parametrize("document", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_example_has_its_files_with_it_and_leaves_nothing(
    document: Path, tmp_path: Path
) -> None:
    script = document.with_name("run.sh")
    start, _, _ = script.read_text(encoding="utf-8").partition("set -x\n")
    place = Place(tmp_path, {"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)})
    before = sorted(tmp_path.iterdir())
    result = run(("sh", "-c", f"{start}find . -type f", str(script)), place)
    copied = copy_example(document, tmp_path / "copied")
    files = (path.relative_to(copied) for path in copied.rglob("*") if path.is_file())
    assert sorted(result.stdout.decode().splitlines()) == sorted(f"./{file}" for file in files)
    shutil.rmtree(copied)
    assert sorted(tmp_path.iterdir()) == before
