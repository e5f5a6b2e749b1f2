from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.list_reports_language_type_0 import (
    ListReportsLanguageType0,
)
from ...models.problem import Problem
from ...models.report_seen import ReportSeen
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    language: ListReportsLanguageType0 | None | Unset = UNSET,
    accept_language: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(accept_language, Unset):
        headers["accept-language"] = accept_language

    params: dict[str, Any] = {}

    json_language: None | str | Unset
    if isinstance(language, Unset):
        json_language = UNSET
    elif isinstance(language, str):
        json_language = language
    else:
        json_language = language
    params["language"] = json_language

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/reports",
        "params": params,
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | list[ReportSeen] | None:
    if response.status_code == 200:
        response_200 = []
        _response_200 = response.json()
        for response_200_item_data in _response_200:
            response_200_item = ReportSeen.from_dict(response_200_item_data)

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
) -> Response[Problem | list[ReportSeen]]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    language: ListReportsLanguageType0 | None | Unset = UNSET,
    accept_language: None | str | Unset = UNSET,
) -> Response[Problem | list[ReportSeen]]:
    """Which reports there are, and what stands in their columns

     Which reports there are, and what stands in their columns. Everybody may ask for each; it holds what
    the caller may see.

    Args:
        language (ListReportsLanguageType0 | None | Unset): `zh` or `en`: that of headings and
            words; that of Accept-Language if none.
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | list[ReportSeen]]
    """

    kwargs = _get_kwargs(
        language=language,
        accept_language=accept_language,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    language: ListReportsLanguageType0 | None | Unset = UNSET,
    accept_language: None | str | Unset = UNSET,
) -> Problem | list[ReportSeen] | None:
    """Which reports there are, and what stands in their columns

     Which reports there are, and what stands in their columns. Everybody may ask for each; it holds what
    the caller may see.

    Args:
        language (ListReportsLanguageType0 | None | Unset): `zh` or `en`: that of headings and
            words; that of Accept-Language if none.
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | list[ReportSeen]
    """

    return sync_detailed(
        client=client,
        language=language,
        accept_language=accept_language,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    language: ListReportsLanguageType0 | None | Unset = UNSET,
    accept_language: None | str | Unset = UNSET,
) -> Response[Problem | list[ReportSeen]]:
    """Which reports there are, and what stands in their columns

     Which reports there are, and what stands in their columns. Everybody may ask for each; it holds what
    the caller may see.

    Args:
        language (ListReportsLanguageType0 | None | Unset): `zh` or `en`: that of headings and
            words; that of Accept-Language if none.
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | list[ReportSeen]]
    """

    kwargs = _get_kwargs(
        language=language,
        accept_language=accept_language,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    language: ListReportsLanguageType0 | None | Unset = UNSET,
    accept_language: None | str | Unset = UNSET,
) -> Problem | list[ReportSeen] | None:
    """Which reports there are, and what stands in their columns

     Which reports there are, and what stands in their columns. Everybody may ask for each; it holds what
    the caller may see.

    Args:
        language (ListReportsLanguageType0 | None | Unset): `zh` or `en`: that of headings and
            words; that of Accept-Language if none.
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | list[ReportSeen]
    """

    return (
        await asyncio_detailed(
            client=client,
            language=language,
            accept_language=accept_language,
        )
    ).parsed
