from http import HTTPStatus
from typing import Any, Literal, cast

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.read_picture_language_type_0 import (
    ReadPictureLanguageType0,
)
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    currency: str | Unset = "CNY",
    language: None | ReadPictureLanguageType0 | Unset = UNSET,
    format_: Literal["svg"] | Unset = "svg",
    accept_language: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(accept_language, Unset):
        headers["accept-language"] = accept_language

    params: dict[str, Any] = {}

    params["currency"] = currency

    json_language: None | str | Unset
    if isinstance(language, Unset):
        json_language = UNSET
    elif isinstance(language, str):
        json_language = language
    else:
        json_language = language
    params["language"] = json_language

    params["format"] = format_

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/picture",
        "params": params,
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | str | None:
    if response.status_code == 200:
        response_200 = cast(str, response.content)
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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | str]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    currency: str | Unset = "CNY",
    language: None | ReadPictureLanguageType0 | Unset = UNSET,
    format_: Literal["svg"] | Unset = "svg",
    accept_language: None | str | Unset = UNSET,
) -> Response[Problem | str]:
    """The picture of the chain, as far as the caller may see it

     The picture of the chain, as far as the caller may see it.

    Args:
        currency (str | Unset):  Default: 'CNY'.
        language (None | ReadPictureLanguageType0 | Unset): That of Accept-Language if none.
        format_ (Literal['svg'] | Unset):  Default: 'svg'.
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | str]
    """

    kwargs = _get_kwargs(
        currency=currency,
        language=language,
        format_=format_,
        accept_language=accept_language,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    currency: str | Unset = "CNY",
    language: None | ReadPictureLanguageType0 | Unset = UNSET,
    format_: Literal["svg"] | Unset = "svg",
    accept_language: None | str | Unset = UNSET,
) -> Problem | str | None:
    """The picture of the chain, as far as the caller may see it

     The picture of the chain, as far as the caller may see it.

    Args:
        currency (str | Unset):  Default: 'CNY'.
        language (None | ReadPictureLanguageType0 | Unset): That of Accept-Language if none.
        format_ (Literal['svg'] | Unset):  Default: 'svg'.
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | str
    """

    return sync_detailed(
        client=client,
        currency=currency,
        language=language,
        format_=format_,
        accept_language=accept_language,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    currency: str | Unset = "CNY",
    language: None | ReadPictureLanguageType0 | Unset = UNSET,
    format_: Literal["svg"] | Unset = "svg",
    accept_language: None | str | Unset = UNSET,
) -> Response[Problem | str]:
    """The picture of the chain, as far as the caller may see it

     The picture of the chain, as far as the caller may see it.

    Args:
        currency (str | Unset):  Default: 'CNY'.
        language (None | ReadPictureLanguageType0 | Unset): That of Accept-Language if none.
        format_ (Literal['svg'] | Unset):  Default: 'svg'.
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | str]
    """

    kwargs = _get_kwargs(
        currency=currency,
        language=language,
        format_=format_,
        accept_language=accept_language,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    currency: str | Unset = "CNY",
    language: None | ReadPictureLanguageType0 | Unset = UNSET,
    format_: Literal["svg"] | Unset = "svg",
    accept_language: None | str | Unset = UNSET,
) -> Problem | str | None:
    """The picture of the chain, as far as the caller may see it

     The picture of the chain, as far as the caller may see it.

    Args:
        currency (str | Unset):  Default: 'CNY'.
        language (None | ReadPictureLanguageType0 | Unset): That of Accept-Language if none.
        format_ (Literal['svg'] | Unset):  Default: 'svg'.
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | str
    """

    return (
        await asyncio_detailed(
            client=client,
            currency=currency,
            language=language,
            format_=format_,
            accept_language=accept_language,
        )
    ).parsed
