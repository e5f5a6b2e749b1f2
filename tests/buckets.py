"""An S3-compatible server that the tests start on loopback, as a process's threads, and end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest


@contextmanager
def bucket_server() -> Iterator[str]:
    """The address of a server that keeps its buckets in memory."""
    from moto.server import ThreadedMotoServer  # only tests that need a server pay for it

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def new_bucket(server: str, name: str) -> Iterator[str]:
    """The address of an empty bucket, with an environment that leads there."""
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in {
            "AWS_ENDPOINT_URL": server, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        }.items():  # fmt: skip
            patch.setenv(variable, value)
        boto3.client("s3", endpoint_url=server).create_bucket(Bucket=name)
        yield f"s3://{name}/originals"
