from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.user import User
from ...models.user_body import UserBody
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: UserBody,
    idempotency_key: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/users",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | User | None:
    if response.status_code == 201:
        response_201 = User.from_dict(response.json())

        return response_201

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

    if response.status_code == 409:
        response_409 = Problem.from_dict(response.json())

        return response_409

    if response.status_code == 413:
        response_413 = Problem.from_dict(response.json())

        return response_413

    if response.status_code == 421:
        response_421 = Problem.from_dict(response.json())

        return response_421

    if response.status_code == 422:
        response_422 = Problem.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = Problem.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = Problem.from_dict(response.json())

        return response_500

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | User]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: UserBody,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[Problem | User]:
    """Let a person act for an enterprise

     Let a person act for an enterprise. Who comes with a token of that subject is this user from then
    on.

    Args:
        idempotency_key (None | str | Unset): A name of your own for this request, such as a UUID,
            apart from those of commands. The same key with the same content makes one thing, and a
            repetition is answered with it as it is then, without its secret; with other content it is
            refused. Without the header each request makes another.
        body (UserBody): A person: whom it acts for, who the identity provider says it is, and
            what it may do.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | User]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: UserBody,
    idempotency_key: None | str | Unset = UNSET,
) -> Problem | User | None:
    """Let a person act for an enterprise

     Let a person act for an enterprise. Who comes with a token of that subject is this user from then
    on.

    Args:
        idempotency_key (None | str | Unset): A name of your own for this request, such as a UUID,
            apart from those of commands. The same key with the same content makes one thing, and a
            repetition is answered with it as it is then, without its secret; with other content it is
            refused. Without the header each request makes another.
        body (UserBody): A person: whom it acts for, who the identity provider says it is, and
            what it may do.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | User
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: UserBody,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[Problem | User]:
    """Let a person act for an enterprise

     Let a person act for an enterprise. Who comes with a token of that subject is this user from then
    on.

    Args:
        idempotency_key (None | str | Unset): A name of your own for this request, such as a UUID,
            apart from those of commands. The same key with the same content makes one thing, and a
            repetition is answered with it as it is then, without its secret; with other content it is
            refused. Without the header each request makes another.
        body (UserBody): A person: whom it acts for, who the identity provider says it is, and
            what it may do.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | User]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: UserBody,
    idempotency_key: None | str | Unset = UNSET,
) -> Problem | User | None:
    """Let a person act for an enterprise

     Let a person act for an enterprise. Who comes with a token of that subject is this user from then
    on.

    Args:
        idempotency_key (None | str | Unset): A name of your own for this request, such as a UUID,
            apart from those of commands. The same key with the same content makes one thing, and a
            repetition is answered with it as it is then, without its secret; with other content it is
            refused. Without the header each request makes another.
        body (UserBody): A person: whom it acts for, who the identity provider says it is, and
            what it may do.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | User
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
