"""Makes the blocking client's text out of the asynchronous one's, so that there is one of it to keep."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ASYNC = Path(__file__).parents[1] / "src/marque/client/aio.py"
WORDS = {
    '"""The asynchronous client."""': '"""The blocking client. Made from aio.py by `make gen`: change that one."""',
    "A Marque server, for programs with an event loop.": "A Marque server.",
    "import anyio\n": "",
    "from collections.abc": "import time\nfrom collections.abc",
    "anyio.sleep": "time.sleep",
    "AsyncIterator": "Iterator",
    "AsyncClient": "Client",
    "AsyncBaseTransport": "BaseTransport",
    "asynccontextmanager": "contextmanager",
    "aconnect_sse": "connect_sse",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "aclose": "close",
    "aread": "read",
    "aiter_": "iter_",
}


def text() -> str:
    """The blocking client, formatted."""
    made = ASYNC.read_text("utf-8")
    for one, other in WORDS.items():
        made = made.replace(one, other)
    made = re.sub(r"\b(async|await) ", "", made)
    return _tidy(_tidy(made, "check", "--fix-only", "--unsafe-fixes", "--select", "I,UP028"), "format")


def _tidy(made: str, *command: str) -> str:
    ruff = [sys.executable, "-m", "ruff", *command, "--quiet", "--stdin-filename", "src/marque/client/sync.py", "-"]
    return subprocess.run(ruff, input=made, capture_output=True, text=True, check=True, cwd=ASYNC.parents[3]).stdout
