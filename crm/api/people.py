"""Who works here."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.api.serializers import StrictModel
from crm.api.views import Read
from crm.filters import TeamFilter, UserFilter
from crm.models import Team, User


class UserSerializer(StrictModel):
    class Meta:
        model = User
        fields = ["id", "name", "email", "job", "team", "zone", "country", "away_until", "is_active"]


class UserViewSet(Read):
    """The people who sign in."""

    serializer_class = UserSerializer
    filterset_class = UserFilter
    visible = staticmethod(lambda user: User.objects.all())
    queryset = User.objects.none()


class TeamSerializer(StrictModel):
    class Meta:
        model = Team
        fields = ["id", "name"]


class TeamViewSet(Read):
    """The teams of the organisation."""

    serializer_class = TeamSerializer
    filterset_class = TeamFilter
    visible = staticmethod(lambda user: Team.objects.all())
    queryset: QuerySet[Team] = Team.objects.none()


class Me(APIView):
    """Who the key or the session belongs to."""

    policy = "member"

    @extend_schema(operation_id="me", responses=UserSerializer)
    def get(self, request: Request) -> Response:
        return Response(UserSerializer(request.user).data)
