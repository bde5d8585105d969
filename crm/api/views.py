"""What all viewsets share: the policy, one noun's access functions, and verbs as POST sub-resources."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from crm import access
from crm.api.authentication import Policy
from crm.api.errors import unknown
from crm.errors import Refused

PAGING = frozenset({"cursor", "page_size"})


class Noun(GenericViewSet):
    """One noun. `visible(user)` are the rows one may read, `write(user, pk)` the row one may change, or 404."""

    policy = "member"
    lookup_value_regex = "[0-9]{1,18}"
    ordering: tuple[str, ...] = ("id",)
    related: tuple[str, ...] = ()
    prefetched: tuple[str, ...] = ()
    deferred: tuple[str, ...] = ()
    visible: Callable[[Any], QuerySet[Any]]
    write: Callable[[Any, int], Any] | None = None
    paged_below = False  # set by `below`, with the FilterSet of what stands there
    listed_below: Any = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.refuse_strange_parameters()

    def refuse_strange_parameters(self) -> None:
        """A filter nobody declared must not pass for one that found everything."""
        asked = self.request.query_params
        many = self.action == "list" or (self.paged_below and self.request.method == "GET")
        listed = self.listed_below if self.paged_below else getattr(self, "filterset_class", None)
        if many and listed:
            strange = listed(asked, queryset=listed._meta.model._default_manager.none()).unknown(PAGING)
        else:
            strange = sorted(set(asked) - (PAGING if many else set()))
        if strange:
            raise unknown(strange, "filter")

    def get_queryset(self) -> QuerySet[Any]:
        rows = type(self).visible(self.request.user).prefetch_related(*self.prefetched).defer(*self.deferred)
        return rows.select_related(*self.related) if self.related else rows

    def get_object(self) -> Any:
        return get_object_or_404(self.get_queryset(), pk=int(self.kwargs["pk"]))

    def mine(self) -> Any:
        """The row one may change; where the policy alone decides, any row one may see."""
        write = type(self).write
        return write(self.request.user, int(self.kwargs["pk"])) if write else self.get_object()

    def checked(self, form: Any, row: Any = None) -> Mapping[str, Any]:
        """The body as the form reads it (for a row: only what it names); raises ValidationError naming the fields."""
        context = self.get_serializer_context()
        reading = form(row, data=self.request.data, partial=row is not None, context=context)
        reading.is_valid(raise_exception=True)
        return reading.validated_data

    def shown(self, row: Any, code: int = status.HTTP_200_OK) -> Response:
        """The row as it stands now, read anew with everything the serializer needs."""
        fresh = self.get_queryset().get(pk=row.pk)
        return Response(self.get_serializer(fresh).data, status=code)


class Read(mixins.ListModelMixin, mixins.RetrieveModelMixin, Noun):
    """Lists and shows."""


def creates(form: Any, *, policy: str = "member") -> Any:
    """POST on the collection; the function gets the checked body and returns the new row."""

    def wrap(function: Callable[..., Any]) -> Any:
        @extend_schema(request=form)
        @wraps(function)
        def create(self: Any, request: Request) -> Response:
            if not access.holds(request.user, policy):
                raise PermissionDenied(Policy.message)
            return self.shown(function(self, **self.checked(form)), status.HTTP_201_CREATED)

        return create

    return wrap


def edits(form: Any, *, policy: str = "member") -> Any:
    """PATCH on the row; the function gets the row one may change and what the body names."""

    def wrap(function: Callable[..., Any]) -> Any:
        @extend_schema(request=form)
        @wraps(function)
        def partial_update(self: Any, request: Request, pk: str) -> Response:
            if not access.holds(request.user, policy):
                raise PermissionDenied(Policy.message)
            row = self.mine()
            function(self, row, **self.checked(form, row))
            return self.shown(row)

        return partial_update

    return wrap


def verb(form: Any = None, *, answer: Any = None, path: str | None = None, policy: str = "member") -> Any:
    """A verb of the noun as a POST sub-resource: `/work-items/7/claim/`.

    The function gets the row one may change and the checked body. It is answered with the row as it then stands, or,
    where `answer` names a serializer, with what the function returns.
    """

    def wrap(function: Callable[..., Any]) -> Any:
        @extend_schema(request=form, **({"responses": answer} if answer else {}))
        @action(detail=True, methods=["post"], url_path=path or function.__name__.replace("_", "-"), policy=policy)
        @wraps(function)
        def view(self: Any, request: Request, pk: str) -> Response:
            row = self.mine()
            done = function(self, row, **(self.checked(form) if form else nothing(request)))
            if answer:
                return Response(answer(done, context=self.get_serializer_context()).data)
            return self.shown(row)

        return view

    return wrap


def below(
    shape: Any, listed: Any = None, *, creates: Any = None, policy: str = "lead", ordering: tuple[str, ...] = ("id",)
) -> Any:
    """Rows that belong to one: GET pages them by their own FilterSet, POST adds one where `creates` names its form.

    The function gets the row and answers with a queryset, or, with the checked body as well, with what it made.
    """

    def wrap(function: Callable[..., Any]) -> Any:
        options = {"paged_below": True, "listed_below": listed, "ordering": ordering}

        @extend_schema(methods=["GET"], filters=False, responses=shape(many=True))
        @extend_schema(methods=["POST"], request=creates, responses={201: shape})
        @action(detail=True, methods=["get", "post"] if creates else ["get"], url_path=function.__name__, **options)
        @wraps(function)
        def view(self: Any, request: Request, pk: str) -> Response:
            context = self.get_serializer_context()
            if request.method == "POST":
                if not access.holds(request.user, policy):
                    raise PermissionDenied(Policy.message)
                made = function(self, self.mine(), self.checked(creates))
                return Response(shape(made, context=context).data, status=status.HTTP_201_CREATED)
            rows = narrowed_by(listed, request, function(self, self.get_object()))
            return self.get_paginated_response(shape(self.paginate_queryset(rows), many=True, context=context).data)

        return view

    return wrap


def narrowed_by(listed: Any, request: Request, rows: QuerySet[Any]) -> QuerySet[Any]:
    if listed is None:
        return rows
    asked = listed(request.query_params, queryset=rows, request=request)
    if not asked.is_valid():
        raise ValidationError(asked.errors)
    return asked.qs


def needed(row: Any, sentence: str) -> Any:
    """The row, or a refusal that says what is missing."""
    if row is None:
        raise Refused(sentence)
    return row


def nothing(request: Request) -> dict[str, Any]:
    """A verb without a body refuses one that it would have to ignore."""
    if isinstance(request.data, dict) and request.data:
        raise unknown(sorted(map(str, request.data)), "field")
    return {}
