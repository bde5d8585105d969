"""Files of accounts and people: looked at first, then read by a worker; the same verbs and policy as the page."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from crm import access, tasks
from crm.api.parsing import StrictJSON
from crm.api.serializers import Strict, StrictModel
from crm.api.views import Read
from crm.filters import ImportFilter
from crm.models import Import
from crm.models.imports import KINDS
from crm.rules.strict_json import read_json
from crm.services import imports

LARGEST = 512 * 1024 * 1024
MOST_COLUMNS = 500


class ImportSerializer(StrictModel):
    class Meta:
        model = Import
        fields = ["id", "kind", "state", "file_name", "source", "mapping", "counts", "errors", "by", "at", "ended_at"]


class Mapping(serializers.DictField):
    """Column to field; in a form it comes as the text of a JSON object."""

    child = serializers.CharField(max_length=200, allow_blank=True)

    def get_value(self, dictionary: Any) -> Any:
        return dictionary.get(self.field_name, serializers.empty)  # one field of a form, not one a key

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if isinstance(data, str):
            try:
                data = read_json(data) if data.strip() else {}
            except ValueError as error:
                raise serializers.ValidationError("This is not a JSON object of column and field.") from error
        if isinstance(data, dict) and len(data) > MOST_COLUMNS:
            raise serializers.ValidationError(f"More than {MOST_COLUMNS} columns.")
        return super().to_internal_value(data)


class NewImport(Strict):
    kind = serializers.ChoiceField(KINDS)
    file = serializers.FileField(max_length=255, help_text="CSV or XLSX.")
    mapping = Mapping(required=False, default=dict, help_text="Column to field; the others map by their names.")
    match_on = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, default=list, max_length=20,
        help_text="Columns of custom attributes that count as evidence.",
    )  # fmt: skip
    source = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    dry_run = serializers.BooleanField(required=False, default=False, help_text="Only say how it would be read.")

    def validate_file(self, file: Any) -> Any:
        if file.size > LARGEST:
            raise serializers.ValidationError("A file may have 512 MB.")
        return file


class PreviewSerializer(serializers.Serializer):
    """How the file is understood before anything is written."""

    header = serializers.ListField(child=serializers.CharField())
    mapping = serializers.DictField(child=serializers.CharField(allow_blank=True))
    fields_known = serializers.ListField(child=serializers.CharField(), source="fields")
    encoding = serializers.CharField()
    delimiter = serializers.CharField()
    rows = serializers.IntegerField(help_text="Data rows that were looked at.")
    more = serializers.BooleanField(help_text="Whether the file goes on after them.")
    lost = serializers.IntegerField(help_text="Rows of those that cannot be read at all.")
    errors = serializers.ListField(child=serializers.DictField())
    sample = serializers.ListField(child=serializers.ListField(child=serializers.CharField(allow_blank=True)))


class ImportViewSet(Read):
    """The caller's imports with their counts and errors (admins: everyone's)."""

    serializer_class = ImportSerializer
    filterset_class = ImportFilter
    visible = staticmethod(access.visible_imports)
    deferred = ("content",)
    ordering = ("-id",)
    parser_classes = (StrictJSON, MultiPartParser)
    queryset = Import.objects.none()

    @extend_schema(
        request={"multipart/form-data": NewImport}, responses={200: PreviewSerializer, 201: ImportSerializer}
    )
    def create(self, request: Request) -> Response:
        """Upload a file. With `dry_run` the answer (200) says how it would be read and nothing is kept; else (201) a
        worker reads it, and the import shows how far it is.
        """
        said = dict(self.checked(NewImport))
        file, name = said["file"], said["file"].name or "a file"
        if said["dry_run"]:
            seen = imports.preview(file.chunks, name, said["kind"], said["mapping"])
            return Response(PreviewSerializer(seen).data)
        with transaction.atomic():
            row = imports.keep(said["kind"], file.chunks(), name, by=request.user, source=said["source"])
            imports.start(row, said["mapping"], match_on=said["match_on"], by=request.user)
            tasks.run_import.delay_on_commit(row.pk)
        return self.shown(row, status.HTTP_201_CREATED)
