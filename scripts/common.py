"""What every stage shares: the folders, one kind of error, one kind of cache."""

import contextlib
import hashlib
import json
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS, SNIPPETS = ROOT / "docs", ROOT / "snippets"
BUILD = ROOT / "build"  # all that is made, except the site
STAGED = BUILD / "docs"  # finished Markdown: what the generator renders
MARKDOWN = BUILD / "markdown"  # the same, for those who read no HTML; labs, too


class ProblemError(Exception):
    """Something an author must mend, as `file:line: what is wrong, what to do`."""


def problem(path: Path, line: int, message: str) -> ProblemError:
    """Name the place relative to the project, so that terminals can link to it."""
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return ProblemError(f"{shown.as_posix()}:{line}: {' '.join(message.split())}")


def digest(*parts: str | bytes) -> str:
    """SHA-256 of the parts, each with its length so that no two lists collide."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(b"%d:" % len(data) + data)
    return total.hexdigest()


def load(name: str, key: str) -> dict | None:
    """Read a cache entry, or None if it is missing, stale, truncated or corrupt."""
    try:
        head, body = (BUILD / name).read_text(encoding="utf-8").split("\n", 1)
        return json.loads(body) if head == f"{key} {digest(body)}" else None
    except (OSError, ValueError):
        return None


def save(name: str, key: str, value: dict) -> None:
    """Keep a cache entry under a key."""
    body = json.dumps(value)
    write(BUILD / name, f"{key} {digest(body)}\n{body}".encode())


def write(path: Path, data: bytes) -> None:
    """Write a file in one step: a reader sees the old one or the new one, whole."""
    new = BUILD / f".new-{uuid.uuid4()}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(data)
        new.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            new.unlink()
        advice = "make room or make the folder writable, then build again"
        raise problem(path, 1, f"cannot be written ({error}); {advice}") from None
