"""A package index: what it holds of a version, and the upload."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import httpx2
from selectolax.lexbor import LexborHTMLParser

from specledger.diagnostics import Diagnostic, Failure
from specledger.release.build import sha256

_ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"
_CREDENTIALS = "set TWINE_USERNAME and TWINE_PASSWORD, or keep them in the keyring"
_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Index:
    """An index by the address that takes uploads; `simple` is the address of its pages, by default `simple/` below."""

    url: str
    simple: str = ""

    def checked(self) -> Index:
        """Returns the index. Raises Failure (exit code 2) for an address that is none, or that holds a secret."""
        for url in filter(None, (self.url, self.simple)):
            parts = urlsplit(url)
            if parts.username is not None or parts.password is not None:
                message = "an address holds no credential here"
                raise Failure([Diagnostic("--index", 0, "index", message, _CREDENTIALS)], 2)
            if parts.scheme not in ("http", "https") or not parts.netloc:
                remedy = "name the address that takes uploads: https://…"
                raise Failure([Diagnostic("--index", 0, "index", f"{url!r} is no address", remedy)], 2)
        return self

    def missing(self, distribution: str, files: Sequence[Path]) -> list[Path]:
        """Returns the files that are still to be uploaded.

        Raises Failure where the index cannot be reached, or holds a file of that name with other bytes.
        """
        there = self._listed(distribution)
        return [path for path in files if path.name not in there or not self._same(path, there[path.name])]

    def _listed(self, distribution: str) -> dict[str, str]:
        """Returns the addresses of a distribution's files by their names."""
        base = self.simple or urljoin(self.url if self.url.endswith("/") else f"{self.url}/", "simple/")
        name = re.sub(r"[-_.]+", "-", distribution).lower()
        page = urljoin(base if base.endswith("/") else f"{base}/", f"{name}/")
        answer = self._get(page)
        if answer.status_code == 404 or answer.is_redirect:
            return {}  # an index may send a caller on to another one, for what it does not hold itself
        if answer.is_error:
            raise _refused(self.url, answer.status_code)
        if "json" in answer.headers.get("Content-Type", ""):
            rows = [(row["url"], row["hashes"].get("sha256", "")) for row in answer.json()["files"]]
            links = [f"{url}#sha256={digest}" if digest else url for url, digest in rows]
        else:
            links = [node.attributes.get("href") or "" for node in LexborHTMLParser(answer.text).css("a")]
        joined = [urljoin(str(answer.url), link) for link in links]
        return {unquote(urlsplit(link).path).rpartition("/")[2]: link for link in joined}

    def _same(self, path: Path, link: str) -> bool:
        """Returns True for the same bytes. Raises Failure for other ones."""
        address, fragment = urldefrag(link)
        digest = fragment.removeprefix("sha256=")
        if digest == fragment:
            answer = self._get(address)
            if answer.is_error:
                raise _refused(self.url, answer.status_code)
            digest = hashlib.sha256(answer.content).hexdigest()
        if digest != sha256(path):
            message = "the index holds this version with other bytes"
            remedy = "give the change a version of its own: specledger version --write"
            raise Failure([Diagnostic(path.name, 0, "version-exists", message, remedy)])
        return True

    def _get(self, url: str) -> httpx2.Response:
        """Returns an answer, asked for with the credentials where the index does not answer without."""
        try:
            answer = httpx2.get(url, headers={"Accept": _ACCEPT}, timeout=_SECONDS)
            name, secret = os.environ.get("TWINE_USERNAME"), os.environ.get("TWINE_PASSWORD")
            if (
                answer.status_code in (401, 403)
                and name
                and secret
                and _origin(url) == _origin(self.simple or self.url)
            ):
                answer = httpx2.get(url, headers={"Accept": _ACCEPT}, timeout=_SECONDS, auth=(name, secret))
        except httpx2.HTTPError as error:
            message = f"the index cannot be reached: {type(error).__name__}"
            remedy = "look at the address and the network; nothing was uploaded or tagged"
            raise Failure([Diagnostic(self.url, 0, "index-unreachable", message, remedy)]) from None
        return answer

    def upload(self, files: Sequence[Path]) -> None:
        """Uploads the files. Raises Failure, with what can be done, where the index does not take one."""
        import requests
        from twine.commands.upload import upload
        from twine.exceptions import TwineException
        from twine.settings import Settings

        try:
            with contextlib.redirect_stdout(io.StringIO()):
                settings = Settings(
                    username=os.environ.get("TWINE_USERNAME"),
                    password=os.environ.get("TWINE_PASSWORD"),
                    cacert=os.environ.get("TWINE_CERT"),
                    config_file=os.devnull,
                    repository_url=self.url,
                    non_interactive=True,
                    disable_progress_bar=True,
                )
                upload(settings, [str(path) for path in files])
        except requests.HTTPError as error:
            status = error.response.status_code if error.response is not None else 0
            said = str(getattr(error.response, "text", "")).lower()
            if status == 409 or (status == 400 and "already exist" in said):
                remedy = "name the index's pages with --simple, so that the bytes can be compared, or raise the version"
                raise Failure([Diagnostic(self.url, 0, "version-exists", "the version is there", remedy)]) from None
            raise _refused(self.url, status) from None
        except requests.RequestException as error:
            message = f"the upload broke off: {type(error).__name__}"
            remedy = "run the command again; it goes on where it stopped"
            raise Failure([Diagnostic(self.url, 0, "index-unreachable", message, remedy)]) from None
        except TwineException as error:
            name = type(error).__name__
            message = "no credentials are known for this index" if name == "NonInteractive" else f"twine: {name}"
            raise Failure([Diagnostic(self.url, 0, "credentials", message, _CREDENTIALS)]) from None


def _origin(url: str) -> tuple[str, str]:
    return urlsplit(url)[:2]


def _refused(url: str, status: int) -> Failure:
    if status in (401, 403):
        message = f"the index refuses these credentials ({status})"
        return Failure([Diagnostic(url, 0, "credentials", message, _CREDENTIALS)])
    message = f"the index answers {status}"
    return Failure([Diagnostic(url, 0, "index-refused", message, "look at the address, and at what it takes")])
