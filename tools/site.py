"""Hooks of the documentation site: `mkdocs build --strict` reads them.

The pages in `docs/` are written for GitHub, too. There, links lead to files of the repository; here, to the site's page
of that file if it has one, else to the repository.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
REPOSITORY = "https://github.com/flowlocal/flowlocal"
OUTSIDE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "development/contributing.md",
    "SECURITY.md": "security.md",
    "benchmarks/README.md": "benchmarks.md",
    "examples/emulators/README.md": "emulators.md",
    "sample_logs/README.md": "sample-logs.md",
}
"""Files outside of `docs/` that are pages of the site, and their place there; the start page replaces the first."""
_FOLDERS = ("commands", "functions", "topics")
"""Folders whose pages are listed in the navigation by name."""
_CODE_OR_LINK = re.compile(
    r"(?ms)^(?P<fence>`{3,}|~{3,}).*?^(?P=fence)|(?P<code>`+).+?(?P=code)|\]\((?P<target>[^)\s]+)\)"
)
_JAPANESE = "ja.md"


def on_config(config: MkDocsConfig) -> None:
    """List the pages of folders in the navigation, and those that have no place in it among the tasks."""
    docs = Path(config.docs_dir)
    named = set(re.findall(r"[\w-]+\.md", str(config.nav)))
    for section in config.nav or ():
        for name, entries in section.items():
            others = [page.name for page in sorted(docs.glob("*.md")) if name == "Tasks" and page.name not in named]
            section[name] = [*_entries(entries, docs), *others]


def _entries(entries: list[Any], docs: Path) -> Iterator[object]:
    for entry in entries:
        title, path = next(iter(entry.items())) if isinstance(entry, dict) else (None, entry)
        if path.rstrip("/") not in _FOLDERS:
            yield entry
            continue
        pages = sorted((docs / path).glob("*.md"), key=lambda page: page.name.lower())
        yield {title: [page.relative_to(docs).as_posix() for page in pages]}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages outside of `docs/`."""
    for source, place in list(OUTSIDE.items())[1:]:
        files.append(File.generated(config, place, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead links to where the site, or the repository, has their target."""
    del config, files
    return with_links(markdown, page.file.src_uri)


def with_links(markdown: str, place: str) -> str:
    """Return a page with the links that it has in its place on the site."""
    source = next((source for source, outside in OUTSIDE.items() if outside == place != "index.md"), f"docs/{place}")

    def replaced(match: re.Match[str]) -> str:
        target = match["target"]
        if match["code"] and markdown.startswith("|", markdown.rfind("\n", 0, match.start()) + 1):
            return match[0].replace("\\|", "|")  # GitHub wants bars in tables escaped, also in code; here none is
        return f"]({link(target, source, place)})" if target else match[0]

    return _CODE_OR_LINK.sub(replaced, markdown)


def link(target: str, source: str, place: str) -> str:
    """Return the link on the site for one in the repository.

    Args:
        target: the link as it is written.
        source: the file that it is written in, relative to the repository.
        place: the page of the site.

    Raises:
        PluginError: there is no such file.

    >>> link("../sample_logs/README.md#queries", "docs/index.md", "index.md")
    'sample-logs.md#queries'
    >>> link("../LICENSE", "docs/index.md", "index.md")
    'https://github.com/flowlocal/flowlocal/blob/main/LICENSE'
    """
    path, hash_sign, anchor = target.partition("#")
    if urlsplit(target).scheme or not path:
        return target
    name = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    if not (ROOT / name).exists():
        raise PluginError(f"{source}: there is no {name}")
    page = name.removeprefix("docs/") if name.startswith("docs/") else OUTSIDE.get(name)
    if page is None:
        return f"{REPOSITORY}/{'tree' if (ROOT / name).is_dir() else 'blob'}/main/{name}{hash_sign}{anchor}"
    return posixpath.relpath(page, posixpath.dirname(place) or ".") + hash_sign + anchor


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Name the language of a page that is not in English."""
    del config
    return output.replace('<html lang="en"', '<html lang="ja"', 1) if page.file.src_uri == _JAPANESE else output


def on_post_build(config: MkDocsConfig) -> None:
    """Check the links of the finished site.

    Raises:
        PluginError: one of them leads nowhere, or a page loads something from elsewhere.
    """
    base = urlsplit(config.site_url or "").path
    wrong = list(broken(Path(config.site_dir), base))
    if wrong:
        raise PluginError("\n".join(["the site has broken links:", *wrong]))


class _Links(HTMLParser):
    """The links of a page, what it loads, and its anchors."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links, self.loaded, self.anchors = list[str](), list[str](), set[str]()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        target = values.get("src") or values.get("href")
        is_loaded = "src" in values or (tag == "link" and values.get("rel") not in {"canonical", "prev", "next"})
        if target:
            (self.loaded if is_loaded else self.links).append(target)


def broken(site: Path, base: str = "/") -> Iterator[str]:
    """Yield what is wrong with the links of a site.

    Args:
        site: its folder.
        base: its path on the server, with which links of the page for errors begin.
    """
    pages = {page: _Links(page) for page in sorted(site.rglob("*.html"))}
    for page, found in pages.items():
        name = page.relative_to(site)
        for target in found.loaded:
            if urlsplit(target).netloc:
                yield f"{name} loads {target}"
        for target in {*found.loaded, *found.links}:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            is_absolute = parts.path.startswith(base)
            file = site / unquote(parts.path.removeprefix(base)) if is_absolute else page.parent / unquote(parts.path)
            file = file.resolve() if parts.path else page
            file = file / "index.html" if file.is_dir() else file
            if not file.is_file():
                yield f"{name} links to {target}"
            elif file in pages and parts.fragment and unquote(parts.fragment) not in pages[file].anchors:
                yield f"{name} links to {target}, which has no such anchor"
