"""The API's addresses of lead generation."""

from rest_framework.routers import SimpleRouter

from prospecting.api import enrollments, lists, replies, roles, routes, sequences, teaching, work

router = SimpleRouter()
router.register("accounts", replies.WalkedAccountViewSet, "api-walked-account")
router.register("conversations", replies.AnsweredConversationViewSet, "api-answered-conversation")
router.register("segments", lists.SegmentViewSet, "api-segment")
router.register("segment-versions", lists.SegmentVersionViewSet, "api-segment-version")
router.register("target-lists", lists.TargetListViewSet, "api-target-list")
router.register("list-entries", lists.EntryViewSet, "api-list-entry")
router.register("pins", lists.PinViewSet, "api-pin")
router.register("list-refreshes", lists.ListRefreshViewSet, "api-list-refresh")
router.register("snapshots", lists.SnapshotViewSet, "api-snapshot")
router.register("role-templates", roles.RoleTemplateViewSet, "api-role-template")
router.register("missing-roles", roles.MissingRoleViewSet, "api-missing-role")
router.register("routes", routes.RouteViewSet, "api-route")
router.register("route-versions", routes.RouteVersionViewSet, "api-route-version")
router.register("route-variants", routes.RouteVariantViewSet, "api-route-variant")
router.register("sequences", sequences.SequenceViewSet, "api-sequence")
router.register("sequence-versions", sequences.SequenceVersionViewSet, "api-sequence-version")
router.register("templates", sequences.TemplateViewSet, "api-template")
router.register("snippets", sequences.SnippetViewSet, "api-snippet")
router.register("enrollments", enrollments.EnrollmentViewSet, "api-enrollment")
router.register("stage-visits", enrollments.StageVisitViewSet, "api-stage-visit")
router.register("touches", enrollments.TouchViewSet, "api-touch")
router.register("calls", work.CallViewSet, "api-call")
router.register("people-left-out", work.SkipViewSet, "api-skip")
router.register("enroll-orders", work.OrderViewSet, "api-enroll-order")
router.register("intakes", work.IntakeViewSet, "api-intake")
router.register("politeness-policies", work.PolicyViewSet, "api-politeness-policy")
router.register("overrides", work.OverrideViewSet, "api-override")
router.register("attributions", teaching.AttributionViewSet, "api-attribution")
router.register("milestones", enrollments.MilestoneViewSet, "api-milestone")
router.register("outgoing", replies.OutgoingViewSet, "api-outgoing")

urlpatterns = router.urls
