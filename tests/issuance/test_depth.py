"""What is nested absurdly deep is refused, whatever libraries are loaded; it never ends the process."""

import subprocess
import sys

import pytest

DEEP = """
import api.app, json
from chain.documents.reading import read_file

(refusal,) = read_file("deep.json", b'{"a":' * 200_000).refusals
assert refusal.rule == "JsonMalformed", refusal
try:
    json.loads("[" * 200_000)
except RecursionError:
    print("refused")
"""


@pytest.mark.deep
def test_depth_is_bounded_beside_the_libraries_of_the_chain():
    done = subprocess.run([sys.executable, "-c", DEEP], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "refused\n"), done.stderr
