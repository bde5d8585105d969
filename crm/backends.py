"""Who is signed in, read with their team and the organisation's name: every page shows all three."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import Subquery

from crm.models import Organisation, User


class Members(AuthenticationBackend):
    def get_user(self, user_id: Any) -> User | None:
        whose = Subquery(Organisation.objects.values("name")[:1])
        rows = User.objects.select_related("team").annotate(organisation_name=whose)
        user = rows.filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
