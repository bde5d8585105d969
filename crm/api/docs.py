"""The OpenAPI schema and its page, both from this server: nothing is loaded from another host."""

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


class SchemaView(SpectacularAPIView):
    policy = "member"


class DocsView(SpectacularSwaggerSplitView):
    """Its script is a second address, so that the page needs no inline script."""

    policy = "member"
    url_name = "api-schema"
    template_name = "api/docs.html"
