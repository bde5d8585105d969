"""How operations and keys are described in the OpenAPI schema."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from crm.api.serializers import Refusal

WHEN = {
    "400": "A field or filter that is unknown or cannot be read, by name.",
    "401": "Nobody is signed in.",
    "403": "The caller's job does not allow it.",
    "404": "There is no such thing, or it is another team's.",
    "409": "Refused, with the reason in a sentence.",
}


class Schema(AutoSchema):
    """Every operation says what else it may answer."""

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        codes = ["400", "401", "403"]
        if "{" in self.path:
            codes.append("404")
        if self.method in ("POST", "PATCH", "DELETE"):
            codes.append("409")
        for code in codes:
            bodies.setdefault(code, {**self._get_response_for_code(Refusal, code), "description": WHEN[code]})
        return bodies


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "crm.api.authentication.Bearer"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A key from Settings, API keys."}
