from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.read_report_language_type_0 import (
    ReadReportLanguageType0,
)
from ...types import UNSET, Response, Unset


def _get_kwargs(
    name: str,
    *,
    format_: str | Unset = UNSET,
    as_of: None | str | Unset = UNSET,
    language: None | ReadReportLanguageType0 | Unset = UNSET,
    if_none_match: None | str | Unset = UNSET,
    accept_language: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(if_none_match, Unset):
        headers["if-none-match"] = if_none_match

    if not isinstance(accept_language, Unset):
        headers["accept-language"] = accept_language

    params: dict[str, Any] = {}

    params["format"] = format_

    json_as_of: None | str | Unset
    if isinstance(as_of, Unset):
        json_as_of = UNSET
    else:
        json_as_of = as_of
    params["as_of"] = json_as_of

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
        "url": "/v1/reports/{name}".format(
            name=quote(str(name), safe=""),
        ),
        "params": params,
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Any | Problem | str | None:
    if response.status_code == 200:
        response_200 = response.text
        return response_200

    if response.status_code == 304:
        response_304 = cast(Any, None)
        return response_304

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Any | Problem | str]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    name: str,
    *,
    client: AuthenticatedClient,
    format_: str | Unset = UNSET,
    as_of: None | str | Unset = UNSET,
    language: None | ReadReportLanguageType0 | Unset = UNSET,
    if_none_match: None | str | Unset = UNSET,
    accept_language: None | str | Unset = UNSET,
) -> Response[Any | Problem | str]:
    """A report as a file, of what the caller may see and nothing else

     A report as a file, of what the caller may see and nothing else. It says of itself when it is of, by
    the ledger's clock.

    CSV is for people's spreadsheets, with headings and words in their language; Parquet for machines,
    typed; PDF for
    paper, with totals and a hash of the data, and of long reports the first rows. Only the exposure can
    be `as_of` a block
    or a day of the past.

    Args:
        name (str): Which reports there are. One of: portfolio, exposure, maturities, lines,
            financings, documents, findings; there may be more.
        format_ (str | Unset): What a report can be written as. One of: csv, parquet, pdf; there
            may be more.
        as_of (None | str | Unset): A block, or a day in UTC+8, whose end is meant; none to come.
        language (None | ReadReportLanguageType0 | Unset): `zh` or `en`: that of headings and
            words; that of Accept-Language if none.
        if_none_match (None | str | Unset):
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | Problem | str]
    """

    kwargs = _get_kwargs(
        name=name,
        format_=format_,
        as_of=as_of,
        language=language,
        if_none_match=if_none_match,
        accept_language=accept_language,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    name: str,
    *,
    client: AuthenticatedClient,
    format_: str | Unset = UNSET,
    as_of: None | str | Unset = UNSET,
    language: None | ReadReportLanguageType0 | Unset = UNSET,
    if_none_match: None | str | Unset = UNSET,
    accept_language: None | str | Unset = UNSET,
) -> Any | Problem | str | None:
    """A report as a file, of what the caller may see and nothing else

     A report as a file, of what the caller may see and nothing else. It says of itself when it is of, by
    the ledger's clock.

    CSV is for people's spreadsheets, with headings and words in their language; Parquet for machines,
    typed; PDF for
    paper, with totals and a hash of the data, and of long reports the first rows. Only the exposure can
    be `as_of` a block
    or a day of the past.

    Args:
        name (str): Which reports there are. One of: portfolio, exposure, maturities, lines,
            financings, documents, findings; there may be more.
        format_ (str | Unset): What a report can be written as. One of: csv, parquet, pdf; there
            may be more.
        as_of (None | str | Unset): A block, or a day in UTC+8, whose end is meant; none to come.
        language (None | ReadReportLanguageType0 | Unset): `zh` or `en`: that of headings and
            words; that of Accept-Language if none.
        if_none_match (None | str | Unset):
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | Problem | str
    """

    return sync_detailed(
        name=name,
        client=client,
        format_=format_,
        as_of=as_of,
        language=language,
        if_none_match=if_none_match,
        accept_language=accept_language,
    ).parsed


async def asyncio_detailed(
    name: str,
    *,
    client: AuthenticatedClient,
    format_: str | Unset = UNSET,
    as_of: None | str | Unset = UNSET,
    language: None | ReadReportLanguageType0 | Unset = UNSET,
    if_none_match: None | str | Unset = UNSET,
    accept_language: None | str | Unset = UNSET,
) -> Response[Any | Problem | str]:
    """A report as a file, of what the caller may see and nothing else

     A report as a file, of what the caller may see and nothing else. It says of itself when it is of, by
    the ledger's clock.

    CSV is for people's spreadsheets, with headings and words in their language; Parquet for machines,
    typed; PDF for
    paper, with totals and a hash of the data, and of long reports the first rows. Only the exposure can
    be `as_of` a block
    or a day of the past.

    Args:
        name (str): Which reports there are. One of: portfolio, exposure, maturities, lines,
            financings, documents, findings; there may be more.
        format_ (str | Unset): What a report can be written as. One of: csv, parquet, pdf; there
            may be more.
        as_of (None | str | Unset): A block, or a day in UTC+8, whose end is meant; none to come.
        language (None | ReadReportLanguageType0 | Unset): `zh` or `en`: that of headings and
            words; that of Accept-Language if none.
        if_none_match (None | str | Unset):
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | Problem | str]
    """

    kwargs = _get_kwargs(
        name=name,
        format_=format_,
        as_of=as_of,
        language=language,
        if_none_match=if_none_match,
        accept_language=accept_language,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    name: str,
    *,
    client: AuthenticatedClient,
    format_: str | Unset = UNSET,
    as_of: None | str | Unset = UNSET,
    language: None | ReadReportLanguageType0 | Unset = UNSET,
    if_none_match: None | str | Unset = UNSET,
    accept_language: None | str | Unset = UNSET,
) -> Any | Problem | str | None:
    """A report as a file, of what the caller may see and nothing else

     A report as a file, of what the caller may see and nothing else. It says of itself when it is of, by
    the ledger's clock.

    CSV is for people's spreadsheets, with headings and words in their language; Parquet for machines,
    typed; PDF for
    paper, with totals and a hash of the data, and of long reports the first rows. Only the exposure can
    be `as_of` a block
    or a day of the past.

    Args:
        name (str): Which reports there are. One of: portfolio, exposure, maturities, lines,
            financings, documents, findings; there may be more.
        format_ (str | Unset): What a report can be written as. One of: csv, parquet, pdf; there
            may be more.
        as_of (None | str | Unset): A block, or a day in UTC+8, whose end is meant; none to come.
        language (None | ReadReportLanguageType0 | Unset): `zh` or `en`: that of headings and
            words; that of Accept-Language if none.
        if_none_match (None | str | Unset):
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | Problem | str
    """

    return (
        await asyncio_detailed(
            name=name,
            client=client,
            format_=format_,
            as_of=as_of,
            language=language,
            if_none_match=if_none_match,
            accept_language=accept_language,
        )
    ).parsed
