"""What goes over the public wire."""

import base64

import httpx


def b64(data: bytes) -> str:
    """Standard base64, as every body has it."""
    return base64.b64encode(data).decode()


def problem(response: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem document."""
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert {"type", "title", "status", "code", "reference"} <= set(body)
    return response.status_code, body["code"]
