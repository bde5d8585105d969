"""Who is signed in, read with their team: every page shows both."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from crm.models import User


class Members(AuthenticationBackend):
    def get_user(self, user_id: Any) -> User | None:
        user = User.objects.select_related("team").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
