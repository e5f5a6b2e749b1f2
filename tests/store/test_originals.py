"""Originals are known by their bytes alone, whether a folder or a bucket of a real S3-compatible server holds them.

1. What was put is given back byte for byte, and stands there once.
2. What is not the bytes of its name is never given out.
3. What is not there is not there, whatever it is asked for by.
"""

import hashlib
import uuid

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.errors import NotFound, Unavailable
from chain.store.originals import OriginalDamaged, OriginalsAddressWrong, open_originals
from tests.buckets import bucket_server, new_bucket
from tests.effort import examples

ABSENT = hashlib.sha256(b"absent").hexdigest()


@pytest.fixture(scope="module")
def server():
    with bucket_server() as address:
        yield address


@pytest.fixture(params=["folder", "bucket"])
def address(request, tmp_path):
    if request.param == "folder":
        yield tmp_path / "originals"
    else:
        with new_bucket(request.getfixturevalue("server"), uuid.uuid4().hex) as address:
            yield address


@pytest.fixture
def originals(address):
    return open_originals(address)


def overwrite(address, server, digest, content):
    """Past the interface, as a disk or somebody else would."""
    if isinstance(address, str):
        bucket, _, prefix = address.removeprefix("s3://").partition("/")
        client = boto3.client("s3", endpoint_url=server)
        client.put_object(Bucket=bucket, Key=f"{prefix}/{digest[:2]}/{digest}", Body=content)
    else:
        (address / digest[:2] / digest).write_bytes(content)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(st.binary(max_size=2_000), max_size=6))
def test_what_was_put_is_given_back_and_is_there_once(originals, contents):
    for content in contents * 2:
        assert originals.put(content) == hashlib.sha256(content).hexdigest()
    originals.settle()
    wanted = {hashlib.sha256(content).hexdigest(): content for content in contents}
    assert {digest: originals.get(digest) for digest in wanted} == wanted
    assert all(map(originals.has, wanted))
    here = list(originals.digests())
    assert wanted.keys() <= set(here)
    assert len(here) == len(set(here))
    with originals.at_hand([ABSENT, *wanted, ABSENT]) as paths:
        assert [path.read_bytes() for path in paths] == list(wanted.values())
    for digest in wanted:
        originals.delete(digest)
        originals.delete(digest)
        assert not originals.has(digest)
    assert list(originals.digests()) == []


def test_what_is_there_is_not_written_again(originals, address, server):
    digest = originals.put(b"once")
    overwrite(address, server, digest, b"another")
    originals.put(b"once")
    with pytest.raises(OriginalDamaged, match=digest):
        originals.get(digest)


@pytest.mark.parametrize("digest", [ABSENT, "", "../../etc/passwd", ABSENT.upper(), ABSENT[:-1]])
def test_what_is_not_there_is_not_found_by_any_name(originals, digest):
    with pytest.raises(NotFound):
        originals.get(digest)


def test_a_damaged_one_in_a_bucket_is_not_handed_out(server):
    with new_bucket(server, uuid.uuid4().hex) as address:
        originals = open_originals(address)
        good, bad = originals.put(b"good"), originals.put(b"bad")
        overwrite(address, server, bad, b"worse")
        with originals.at_hand([bad, good]) as paths:
            assert [path.read_bytes() for path in paths] == [b"good"]


def test_a_bucket_that_is_not_there_is_told_without_its_credentials(server):
    with new_bucket(server, uuid.uuid4().hex):
        originals = open_originals("s3://no-such-bucket")
        with pytest.raises(Unavailable) as raised:
            originals.put(b"content")
    assert "test" not in raised.value.text()


@pytest.mark.parametrize("address", ["", "s3://", "bucket", "ftp://bucket/x", "s3:/bucket"])
def test_an_address_that_is_no_bucket_is_refused(address):
    with pytest.raises(OriginalsAddressWrong):
        open_originals(address)
