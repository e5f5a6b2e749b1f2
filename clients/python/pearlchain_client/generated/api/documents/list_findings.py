from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.finding_seen_page import FindingSeenPage
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    rule: None | str | Unset = UNSET,
    after: None | str | Unset = UNSET,
    limit: int | Unset = 100,
    accept_language: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(accept_language, Unset):
        headers["accept-language"] = accept_language

    params: dict[str, Any] = {}

    json_rule: None | str | Unset
    if isinstance(rule, Unset):
        json_rule = UNSET
    else:
        json_rule = rule
    params["rule"] = json_rule

    json_after: None | str | Unset
    if isinstance(after, Unset):
        json_after = UNSET
    else:
        json_after = after
    params["after"] = json_after

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/findings",
        "params": params,
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> FindingSeenPage | Problem | None:
    if response.status_code == 200:
        response_200 = FindingSeenPage.from_dict(response.json())

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
) -> Response[FindingSeenPage | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    rule: None | str | Unset = UNSET,
    after: None | str | Unset = UNSET,
    limit: int | Unset = 100,
    accept_language: None | str | Unset = UNSET,
) -> Response[FindingSeenPage | Problem]:
    """What reading, matching and the graph found about the caller's documents and about the files that it
    sent

     What reading, matching and the graph found about the caller's documents and about the files that it
    sent.

    Args:
        rule (None | str | Unset):
        after (None | str | Unset): `next` of the page before.
        limit (int | Unset): How many entries at most. Default: 100.
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FindingSeenPage | Problem]
    """

    kwargs = _get_kwargs(
        rule=rule,
        after=after,
        limit=limit,
        accept_language=accept_language,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    rule: None | str | Unset = UNSET,
    after: None | str | Unset = UNSET,
    limit: int | Unset = 100,
    accept_language: None | str | Unset = UNSET,
) -> FindingSeenPage | Problem | None:
    """What reading, matching and the graph found about the caller's documents and about the files that it
    sent

     What reading, matching and the graph found about the caller's documents and about the files that it
    sent.

    Args:
        rule (None | str | Unset):
        after (None | str | Unset): `next` of the page before.
        limit (int | Unset): How many entries at most. Default: 100.
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FindingSeenPage | Problem
    """

    return sync_detailed(
        client=client,
        rule=rule,
        after=after,
        limit=limit,
        accept_language=accept_language,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    rule: None | str | Unset = UNSET,
    after: None | str | Unset = UNSET,
    limit: int | Unset = 100,
    accept_language: None | str | Unset = UNSET,
) -> Response[FindingSeenPage | Problem]:
    """What reading, matching and the graph found about the caller's documents and about the files that it
    sent

     What reading, matching and the graph found about the caller's documents and about the files that it
    sent.

    Args:
        rule (None | str | Unset):
        after (None | str | Unset): `next` of the page before.
        limit (int | Unset): How many entries at most. Default: 100.
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FindingSeenPage | Problem]
    """

    kwargs = _get_kwargs(
        rule=rule,
        after=after,
        limit=limit,
        accept_language=accept_language,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    rule: None | str | Unset = UNSET,
    after: None | str | Unset = UNSET,
    limit: int | Unset = 100,
    accept_language: None | str | Unset = UNSET,
) -> FindingSeenPage | Problem | None:
    """What reading, matching and the graph found about the caller's documents and about the files that it
    sent

     What reading, matching and the graph found about the caller's documents and about the files that it
    sent.

    Args:
        rule (None | str | Unset):
        after (None | str | Unset): `next` of the page before.
        limit (int | Unset): How many entries at most. Default: 100.
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FindingSeenPage | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            rule=rule,
            after=after,
            limit=limit,
            accept_language=accept_language,
        )
    ).parsed
