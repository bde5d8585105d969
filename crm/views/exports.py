"""Any list as a file: the rows its screen shows to this person."""

from django.http import Http404, HttpRequest, HttpResponseBase

from crm.access import policy
from crm.errors import Refused
from crm.export_files import TYPES, file_of
from crm.exports import exports, may_be_too_many


@policy("member")
def export(request: HttpRequest, name: str, form: str) -> HttpResponseBase:
    known = exports.get(name)
    if known is None or form not in TYPES:
        raise Http404
    if form == "xlsx" and may_be_too_many(known, request.user, request.GET):
        raise Refused("A workbook cannot hold so many rows. Take the CSV file.")
    return file_of(request, known.title, known.table(request.user, request.GET), form)
