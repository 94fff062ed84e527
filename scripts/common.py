"""What every script shares: the root, one kind of error, one kind of cache."""

import hashlib
import json
import os
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache"


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
        head, body = (CACHE / name).read_text(encoding="utf-8").split("\n", 1)
        return json.loads(body) if head == f"{key} {digest(body)}" else None
    except (OSError, ValueError):
        return None


def save(name: str, key: str, value: dict) -> None:
    """Write a cache entry in one step: a reader sees the old one or the new one."""
    path, body = CACHE / name, json.dumps(value)
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        with open(handle, "w", encoding="utf-8") as file:
            file.write(f"{key} {digest(body)}\n{body}")
        os.replace(temporary, path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        advice = "make room or make the folder writable, then build again"
        raise problem(path, 1, f"cannot write the cache ({error}); {advice}") from None
