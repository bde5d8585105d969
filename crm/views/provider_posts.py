"""The doors a provider posts to: the post is proved, stored, and acknowledged at once."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from crm.access import policy
from crm.rules.provider_post import LARGEST
from crm.services import provider_posts
from crm.tasks import handle_provider_post


@csrf_exempt  # the signature is the permission; a provider posts without a cookie
@require_POST
@policy("public")
def mail(request: HttpRequest, tag: str) -> HttpResponse:
    return _taken(request, tag, provider_posts.MAIL)


@csrf_exempt  # as above
@require_POST
@policy("public")
def events(request: HttpRequest, tag: str) -> HttpResponse:
    return _taken(request, tag, provider_posts.EVENT)


def _taken(request: HttpRequest, tag: str, kind: str) -> HttpResponse:
    """2xx for a post that is stored, now or before; it is acted on afterwards."""
    body = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        return HttpResponse("too large", status=413, content_type="text/plain")
    try:
        new = provider_posts.take(tag, kind, request.headers.get("Content-Type", ""), body)
    except provider_posts.Unproven as refused:
        return HttpResponse(str(refused), status=refused.status, content_type="text/plain")
    if new:
        handle_provider_post.delay_on_commit(new)
    return HttpResponse("kept", content_type="text/plain")
