"""The API's addresses of crm, its schema and its page."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from crm.access import policy
from crm.api import accounts, contacts, docs, duplicates, imports, mail, people, timeline, title_rules

router = SimpleRouter()
router.register("accounts", accounts.AccountViewSet, "api-account")
router.register("contacts", contacts.ContactViewSet, "api-contact")
router.register("memberships", contacts.MembershipViewSet, "api-membership")
router.register("roles", contacts.RoleViewSet, "api-role")
router.register("title-rules", title_rules.TitleRuleViewSet, "api-title-rule")
router.register("suppressions", contacts.SuppressionViewSet, "api-suppression")
router.register("conversations", mail.ConversationViewSet, "api-conversation")
router.register("messages", mail.MessageViewSet, "api-message")
router.register("mailboxes", mail.MailboxViewSet, "api-mailbox")
router.register("events", timeline.EventViewSet, "api-event")
router.register("notes", timeline.NoteViewSet, "api-note")
router.register("duplicates", duplicates.DuplicatePairViewSet, "api-duplicate")
router.register("merges", duplicates.MergeViewSet, "api-merge")
router.register("imports", imports.ImportViewSet, "api-import")
router.register("users", people.UserViewSet, "api-user")
router.register("teams", people.TeamViewSet, "api-team")

urlpatterns = [
    path("me/", people.Me.as_view(), name="api-me"),
    path("schema/", docs.SchemaView.as_view(), name="api-schema"),
    path("docs/", policy("member")(docs.DocsView.as_view()), name="api-docs"),
    *router.urls,
]
