from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.exposure_cell import ExposureCell
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    as_of: None | str | Unset = UNSET,
    pieces: bool | Unset = False,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_as_of: None | str | Unset
    if isinstance(as_of, Unset):
        json_as_of = UNSET
    else:
        json_as_of = as_of
    params["as_of"] = json_as_of

    params["pieces"] = pieces

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/exposure",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | list[ExposureCell] | None:
    if response.status_code == 200:
        response_200 = []
        _response_200 = response.json()
        for response_200_item_data in _response_200:
            response_200_item = ExposureCell.from_dict(response_200_item_data)

            response_200.append(response_200_item)

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
) -> Response[Problem | list[ExposureCell]]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    as_of: None | str | Unset = UNSET,
    pieces: bool | Unset = False,
) -> Response[Problem | list[ExposureCell]]:
    """What a bank is exposed to

     What a bank is exposed to: committed, contingent and funded, per issuer, tier and days to maturity.

    A bank reads its own, operator and regulator all of it; there is none for others.

    Args:
        as_of (None | str | Unset): A block, or a day in UTC+8, whose end is meant; none to come.
        pieces (bool | Unset): With the vouchers behind each amount of now. Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | list[ExposureCell]]
    """

    kwargs = _get_kwargs(
        as_of=as_of,
        pieces=pieces,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    as_of: None | str | Unset = UNSET,
    pieces: bool | Unset = False,
) -> Problem | list[ExposureCell] | None:
    """What a bank is exposed to

     What a bank is exposed to: committed, contingent and funded, per issuer, tier and days to maturity.

    A bank reads its own, operator and regulator all of it; there is none for others.

    Args:
        as_of (None | str | Unset): A block, or a day in UTC+8, whose end is meant; none to come.
        pieces (bool | Unset): With the vouchers behind each amount of now. Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | list[ExposureCell]
    """

    return sync_detailed(
        client=client,
        as_of=as_of,
        pieces=pieces,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    as_of: None | str | Unset = UNSET,
    pieces: bool | Unset = False,
) -> Response[Problem | list[ExposureCell]]:
    """What a bank is exposed to

     What a bank is exposed to: committed, contingent and funded, per issuer, tier and days to maturity.

    A bank reads its own, operator and regulator all of it; there is none for others.

    Args:
        as_of (None | str | Unset): A block, or a day in UTC+8, whose end is meant; none to come.
        pieces (bool | Unset): With the vouchers behind each amount of now. Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | list[ExposureCell]]
    """

    kwargs = _get_kwargs(
        as_of=as_of,
        pieces=pieces,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    as_of: None | str | Unset = UNSET,
    pieces: bool | Unset = False,
) -> Problem | list[ExposureCell] | None:
    """What a bank is exposed to

     What a bank is exposed to: committed, contingent and funded, per issuer, tier and days to maturity.

    A bank reads its own, operator and regulator all of it; there is none for others.

    Args:
        as_of (None | str | Unset): A block, or a day in UTC+8, whose end is meant; none to come.
        pieces (bool | Unset): With the vouchers behind each amount of now. Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | list[ExposureCell]
    """

    return (
        await asyncio_detailed(
            client=client,
            as_of=as_of,
            pieces=pieces,
        )
    ).parsed
