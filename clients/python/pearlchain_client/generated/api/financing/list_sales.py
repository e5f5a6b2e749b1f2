from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.sale_page import SalePage
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    locked: bool | None | Unset = UNSET,
    after: None | str | Unset = UNSET,
    limit: int | Unset = 100,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_locked: bool | None | Unset
    if isinstance(locked, Unset):
        json_locked = UNSET
    else:
        json_locked = locked
    params["locked"] = json_locked

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
        "url": "/v1/sales",
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | SalePage | None:
    if response.status_code == 200:
        response_200 = SalePage.from_dict(response.json())

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | SalePage]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    locked: bool | None | Unset = UNSET,
    after: None | str | Unset = UNSET,
    limit: int | Unset = 100,
) -> Response[Problem | SalePage]:
    """The sales of pieces to banks of which the caller is a side, also those that were agreed elsewhere

     The sales of pieces to banks of which the caller is a side, also those that were agreed elsewhere.

    A seller's account bank reads those that wait for its word that the cash came.

    Args:
        locked (bool | None | Unset): Only what waits for the bank's cash, or what does not.
        after (None | str | Unset): `next` of the page before.
        limit (int | Unset): How many entries at most. Default: 100.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SalePage]
    """

    kwargs = _get_kwargs(
        locked=locked,
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
    locked: bool | None | Unset = UNSET,
    after: None | str | Unset = UNSET,
    limit: int | Unset = 100,
) -> Problem | SalePage | None:
    """The sales of pieces to banks of which the caller is a side, also those that were agreed elsewhere

     The sales of pieces to banks of which the caller is a side, also those that were agreed elsewhere.

    A seller's account bank reads those that wait for its word that the cash came.

    Args:
        locked (bool | None | Unset): Only what waits for the bank's cash, or what does not.
        after (None | str | Unset): `next` of the page before.
        limit (int | Unset): How many entries at most. Default: 100.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SalePage
    """

    return sync_detailed(
        client=client,
        locked=locked,
        after=after,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    locked: bool | None | Unset = UNSET,
    after: None | str | Unset = UNSET,
    limit: int | Unset = 100,
) -> Response[Problem | SalePage]:
    """The sales of pieces to banks of which the caller is a side, also those that were agreed elsewhere

     The sales of pieces to banks of which the caller is a side, also those that were agreed elsewhere.

    A seller's account bank reads those that wait for its word that the cash came.

    Args:
        locked (bool | None | Unset): Only what waits for the bank's cash, or what does not.
        after (None | str | Unset): `next` of the page before.
        limit (int | Unset): How many entries at most. Default: 100.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SalePage]
    """

    kwargs = _get_kwargs(
        locked=locked,
        after=after,
        limit=limit,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    locked: bool | None | Unset = UNSET,
    after: None | str | Unset = UNSET,
    limit: int | Unset = 100,
) -> Problem | SalePage | None:
    """The sales of pieces to banks of which the caller is a side, also those that were agreed elsewhere

     The sales of pieces to banks of which the caller is a side, also those that were agreed elsewhere.

    A seller's account bank reads those that wait for its word that the cash came.

    Args:
        locked (bool | None | Unset): Only what waits for the bank's cash, or what does not.
        after (None | str | Unset): `next` of the page before.
        limit (int | Unset): How many entries at most. Default: 100.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SalePage
    """

    return (
        await asyncio_detailed(
            client=client,
            locked=locked,
            after=after,
            limit=limit,
        )
    ).parsed
