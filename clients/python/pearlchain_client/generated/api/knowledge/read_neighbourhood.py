from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.neighbourhood import Neighbourhood
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    enterprise: None | str | Unset = UNSET,
    hops: int | Unset = 1,
    after: None | str | Unset = UNSET,
    limit: int | Unset = 100,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_enterprise: None | str | Unset
    if isinstance(enterprise, Unset):
        json_enterprise = UNSET
    else:
        json_enterprise = enterprise
    params["enterprise"] = json_enterprise

    params["hops"] = hops

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
        "url": "/v1/graph/neighbourhood",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Neighbourhood | Problem | None:
    if response.status_code == 200:
        response_200 = Neighbourhood.from_dict(response.json())

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
) -> Response[Neighbourhood | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    enterprise: None | str | Unset = UNSET,
    hops: int | Unset = 1,
    after: None | str | Unset = UNSET,
    limit: int | Unset = 100,
) -> Response[Neighbourhood | Problem]:
    """The enterprises within so many hops of one, along trade either way, and what they have with each
    other

     The enterprises within so many hops of one, along trade either way, and what they have with each
    other.

    A party sees its own relations only, wherever it looks from.

    Args:
        enterprise (None | str | Unset): The caller itself where none is given.
        hops (int | Unset):  Default: 1.
        after (None | str | Unset): `next` of the page before.
        limit (int | Unset): How many entries at most. Default: 100.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Neighbourhood | Problem]
    """

    kwargs = _get_kwargs(
        enterprise=enterprise,
        hops=hops,
        after=after,
        limit=limit,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    enterprise: None | str | Unset = UNSET,
    hops: int | Unset = 1,
    after: None | str | Unset = UNSET,
    limit: int | Unset = 100,
) -> Neighbourhood | Problem | None:
    """The enterprises within so many hops of one, along trade either way, and what they have with each
    other

     The enterprises within so many hops of one, along trade either way, and what they have with each
    other.

    A party sees its own relations only, wherever it looks from.

    Args:
        enterprise (None | str | Unset): The caller itself where none is given.
        hops (int | Unset):  Default: 1.
        after (None | str | Unset): `next` of the page before.
        limit (int | Unset): How many entries at most. Default: 100.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Neighbourhood | Problem
    """

    return sync_detailed(
        client=client,
        enterprise=enterprise,
        hops=hops,
        after=after,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    enterprise: None | str | Unset = UNSET,
    hops: int | Unset = 1,
    after: None | str | Unset = UNSET,
    limit: int | Unset = 100,
) -> Response[Neighbourhood | Problem]:
    """The enterprises within so many hops of one, along trade either way, and what they have with each
    other

     The enterprises within so many hops of one, along trade either way, and what they have with each
    other.

    A party sees its own relations only, wherever it looks from.

    Args:
        enterprise (None | str | Unset): The caller itself where none is given.
        hops (int | Unset):  Default: 1.
        after (None | str | Unset): `next` of the page before.
        limit (int | Unset): How many entries at most. Default: 100.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Neighbourhood | Problem]
    """

    kwargs = _get_kwargs(
        enterprise=enterprise,
        hops=hops,
        after=after,
        limit=limit,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    enterprise: None | str | Unset = UNSET,
    hops: int | Unset = 1,
    after: None | str | Unset = UNSET,
    limit: int | Unset = 100,
) -> Neighbourhood | Problem | None:
    """The enterprises within so many hops of one, along trade either way, and what they have with each
    other

     The enterprises within so many hops of one, along trade either way, and what they have with each
    other.

    A party sees its own relations only, wherever it looks from.

    Args:
        enterprise (None | str | Unset): The caller itself where none is given.
        hops (int | Unset):  Default: 1.
        after (None | str | Unset): `next` of the page before.
        limit (int | Unset): How many entries at most. Default: 100.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Neighbourhood | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            enterprise=enterprise,
            hops=hops,
            after=after,
            limit=limit,
        )
    ).parsed
