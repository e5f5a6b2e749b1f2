from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.what_if import WhatIf
from ...models.what_if_body import WhatIfBody
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: WhatIfBody,
    accept_language: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(accept_language, Unset):
        headers["accept-language"] = accept_language

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/plans/what-if",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | WhatIf | None:
    if response.status_code == 200:
        response_200 = WhatIf.from_dict(response.json())

        return response_200

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | WhatIf]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: WhatIfBody,
    accept_language: None | str | Unset = UNSET,
) -> Response[Problem | WhatIf]:
    """What would be planned now if a line were larger, an invoice missing, a rule another

     What would be planned now if a line were larger, an invoice missing, a rule another: that plan, read
    as a plan is, and
    what differs from today's. Nothing is written.

    For the operator, as plans are.

    Args:
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.
        body (WhatIfBody): The currency to plan in, and what would be another way, in the words of
            `pearl plan --what-if`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | WhatIf]
    """

    kwargs = _get_kwargs(
        body=body,
        accept_language=accept_language,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: WhatIfBody,
    accept_language: None | str | Unset = UNSET,
) -> Problem | WhatIf | None:
    """What would be planned now if a line were larger, an invoice missing, a rule another

     What would be planned now if a line were larger, an invoice missing, a rule another: that plan, read
    as a plan is, and
    what differs from today's. Nothing is written.

    For the operator, as plans are.

    Args:
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.
        body (WhatIfBody): The currency to plan in, and what would be another way, in the words of
            `pearl plan --what-if`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | WhatIf
    """

    return sync_detailed(
        client=client,
        body=body,
        accept_language=accept_language,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: WhatIfBody,
    accept_language: None | str | Unset = UNSET,
) -> Response[Problem | WhatIf]:
    """What would be planned now if a line were larger, an invoice missing, a rule another

     What would be planned now if a line were larger, an invoice missing, a rule another: that plan, read
    as a plan is, and
    what differs from today's. Nothing is written.

    For the operator, as plans are.

    Args:
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.
        body (WhatIfBody): The currency to plan in, and what would be another way, in the words of
            `pearl plan --what-if`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | WhatIf]
    """

    kwargs = _get_kwargs(
        body=body,
        accept_language=accept_language,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: WhatIfBody,
    accept_language: None | str | Unset = UNSET,
) -> Problem | WhatIf | None:
    """What would be planned now if a line were larger, an invoice missing, a rule another

     What would be planned now if a line were larger, an invoice missing, a rule another: that plan, read
    as a plan is, and
    what differs from today's. Nothing is written.

    For the operator, as plans are.

    Args:
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.
        body (WhatIfBody): The currency to plan in, and what would be another way, in the words of
            `pearl plan --what-if`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | WhatIf
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            accept_language=accept_language,
        )
    ).parsed
