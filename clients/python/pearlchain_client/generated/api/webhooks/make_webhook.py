from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.webhook_body import WebhookBody
from ...models.webhook_made import WebhookMade
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: WebhookBody,
    idempotency_key: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/webhooks",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | WebhookMade | None:
    if response.status_code == 201:
        response_201 = WebhookMade.from_dict(response.json())

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


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Problem | WebhookMade]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: WebhookBody,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[Problem | WebhookMade]:
    """Have the caller's events sent to an address, from now on

     Have the caller's events sent to an address, from now on. The secret that signs them is in this
    answer and nowhere
    else, also not in that of a repeated request.

    Args:
        idempotency_key (None | str | Unset): A name of your own for this request, such as a UUID,
            apart from those of commands. The same key with the same content makes one thing, and a
            repetition is answered with it as it is then, without its secret; with other content it is
            refused. Without the header each request makes another.
        body (WebhookBody): Where events are sent, and which.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | WebhookMade]
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
    body: WebhookBody,
    idempotency_key: None | str | Unset = UNSET,
) -> Problem | WebhookMade | None:
    """Have the caller's events sent to an address, from now on

     Have the caller's events sent to an address, from now on. The secret that signs them is in this
    answer and nowhere
    else, also not in that of a repeated request.

    Args:
        idempotency_key (None | str | Unset): A name of your own for this request, such as a UUID,
            apart from those of commands. The same key with the same content makes one thing, and a
            repetition is answered with it as it is then, without its secret; with other content it is
            refused. Without the header each request makes another.
        body (WebhookBody): Where events are sent, and which.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | WebhookMade
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: WebhookBody,
    idempotency_key: None | str | Unset = UNSET,
) -> Response[Problem | WebhookMade]:
    """Have the caller's events sent to an address, from now on

     Have the caller's events sent to an address, from now on. The secret that signs them is in this
    answer and nowhere
    else, also not in that of a repeated request.

    Args:
        idempotency_key (None | str | Unset): A name of your own for this request, such as a UUID,
            apart from those of commands. The same key with the same content makes one thing, and a
            repetition is answered with it as it is then, without its secret; with other content it is
            refused. Without the header each request makes another.
        body (WebhookBody): Where events are sent, and which.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | WebhookMade]
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
    body: WebhookBody,
    idempotency_key: None | str | Unset = UNSET,
) -> Problem | WebhookMade | None:
    """Have the caller's events sent to an address, from now on

     Have the caller's events sent to an address, from now on. The secret that signs them is in this
    answer and nowhere
    else, also not in that of a repeated request.

    Args:
        idempotency_key (None | str | Unset): A name of your own for this request, such as a UUID,
            apart from those of commands. The same key with the same content makes one thing, and a
            repetition is answered with it as it is then, without its secret; with other content it is
            refused. Without the header each request makes another.
        body (WebhookBody): Where events are sent, and which.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | WebhookMade
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
        )
    ).parsed
