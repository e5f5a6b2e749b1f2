from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.redeemed_operation import RedeemedOperation
from ...models.redemption_body import RedemptionBody
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: RedemptionBody | Unset = UNSET,
    idempotency_key: str,
    accept_language: None | str | Unset = UNSET,
    prefer: None | str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    headers["Idempotency-Key"] = idempotency_key

    if not isinstance(accept_language, Unset):
        headers["accept-language"] = accept_language

    if not isinstance(prefer, Unset):
        headers["prefer"] = prefer

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/redemptions",
    }

    if not isinstance(body, Unset):
        _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | RedeemedOperation | None:
    if response.status_code == 202:
        response_202 = RedeemedOperation.from_dict(response.json())

        return response_202

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
) -> Response[Problem | RedeemedOperation]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: RedemptionBody | Unset = UNSET,
    idempotency_key: str,
    accept_language: None | str | Unset = UNSET,
    prefer: None | str | Unset = UNSET,
) -> Response[Problem | RedeemedOperation]:
    """Pay holders at maturity, in deposits of each line's bank

     Pay holders at maturity, in deposits of each line's bank: the named pieces, or everything that is
    due.

    Everything is what is due when the command is accepted: the operation says of which obligations, and
    what falls due later is
    not paid by it; its result has what was paid of these since then, by whichever command. A piece that
    cannot be paid keeps no
    other from being paid: it is left, and the result says which rule keeps it.

    Args:
        idempotency_key (str): A name of your own for this command, such as a UUID. The same key
            with the same content is done one time and answered the same; with other content it is
            refused.
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.
        prefer (None | str | Unset): `wait=10` (RFC 7240): answer once the operation has ended, at
            the latest after so many seconds (at most 30).
        body (RedemptionBody | Unset): The pieces that the issuer pays; everything of its that is
            due where none are named.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | RedeemedOperation]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
        accept_language=accept_language,
        prefer=prefer,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: RedemptionBody | Unset = UNSET,
    idempotency_key: str,
    accept_language: None | str | Unset = UNSET,
    prefer: None | str | Unset = UNSET,
) -> Problem | RedeemedOperation | None:
    """Pay holders at maturity, in deposits of each line's bank

     Pay holders at maturity, in deposits of each line's bank: the named pieces, or everything that is
    due.

    Everything is what is due when the command is accepted: the operation says of which obligations, and
    what falls due later is
    not paid by it; its result has what was paid of these since then, by whichever command. A piece that
    cannot be paid keeps no
    other from being paid: it is left, and the result says which rule keeps it.

    Args:
        idempotency_key (str): A name of your own for this command, such as a UUID. The same key
            with the same content is done one time and answered the same; with other content it is
            refused.
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.
        prefer (None | str | Unset): `wait=10` (RFC 7240): answer once the operation has ended, at
            the latest after so many seconds (at most 30).
        body (RedemptionBody | Unset): The pieces that the issuer pays; everything of its that is
            due where none are named.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | RedeemedOperation
    """

    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
        accept_language=accept_language,
        prefer=prefer,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: RedemptionBody | Unset = UNSET,
    idempotency_key: str,
    accept_language: None | str | Unset = UNSET,
    prefer: None | str | Unset = UNSET,
) -> Response[Problem | RedeemedOperation]:
    """Pay holders at maturity, in deposits of each line's bank

     Pay holders at maturity, in deposits of each line's bank: the named pieces, or everything that is
    due.

    Everything is what is due when the command is accepted: the operation says of which obligations, and
    what falls due later is
    not paid by it; its result has what was paid of these since then, by whichever command. A piece that
    cannot be paid keeps no
    other from being paid: it is left, and the result says which rule keeps it.

    Args:
        idempotency_key (str): A name of your own for this command, such as a UUID. The same key
            with the same content is done one time and answered the same; with other content it is
            refused.
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.
        prefer (None | str | Unset): `wait=10` (RFC 7240): answer once the operation has ended, at
            the latest after so many seconds (at most 30).
        body (RedemptionBody | Unset): The pieces that the issuer pays; everything of its that is
            due where none are named.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | RedeemedOperation]
    """

    kwargs = _get_kwargs(
        body=body,
        idempotency_key=idempotency_key,
        accept_language=accept_language,
        prefer=prefer,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: RedemptionBody | Unset = UNSET,
    idempotency_key: str,
    accept_language: None | str | Unset = UNSET,
    prefer: None | str | Unset = UNSET,
) -> Problem | RedeemedOperation | None:
    """Pay holders at maturity, in deposits of each line's bank

     Pay holders at maturity, in deposits of each line's bank: the named pieces, or everything that is
    due.

    Everything is what is due when the command is accepted: the operation says of which obligations, and
    what falls due later is
    not paid by it; its result has what was paid of these since then, by whichever command. A piece that
    cannot be paid keeps no
    other from being paid: it is left, and the result says which rule keeps it.

    Args:
        idempotency_key (str): A name of your own for this command, such as a UUID. The same key
            with the same content is done one time and answered the same; with other content it is
            refused.
        accept_language (None | str | Unset): `zh` or `en`: the language of sentences in the
            answer.
        prefer (None | str | Unset): `wait=10` (RFC 7240): answer once the operation has ended, at
            the latest after so many seconds (at most 30).
        body (RedemptionBody | Unset): The pieces that the issuer pays; everything of its that is
            due where none are named.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | RedeemedOperation
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            idempotency_key=idempotency_key,
            accept_language=accept_language,
            prefer=prefer,
        )
    ).parsed
