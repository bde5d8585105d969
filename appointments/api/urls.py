"""The API's addresses of appointment setting."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from appointments.api import calendars, funnel, learning, meetings, qualifications, replies, slots

router = SimpleRouter()
router.register("replies", replies.ReplyViewSet, "api-reply")
router.register("classifications", replies.ClassificationViewSet, "api-classification")
router.register("classifier-versions", learning.ClassifierVersionViewSet, "api-classifier-version")
router.register("work-items", replies.WorkItemViewSet, "api-work-item")
router.register("meetings", meetings.MeetingViewSet, "api-meeting")
router.register("meeting-types", meetings.MeetingTypeViewSet, "api-meeting-type")
router.register("calendars", calendars.CalendarViewSet, "api-calendar")
router.register("calendar-conflicts", calendars.ConflictViewSet, "api-calendar-conflict")
router.register("counter-proposals", meetings.CounterProposalViewSet, "api-counter-proposal")
router.register("offers", meetings.OfferViewSet, "api-offer")
router.register("recoveries", meetings.RecoveryViewSet, "api-recovery")
router.register("qualifications", qualifications.QualificationViewSet, "api-qualification")
router.register("playbooks", qualifications.PlaybookViewSet, "api-playbook")

urlpatterns = [
    path("funnel/", funnel.FunnelView.as_view(), name="api-funnel"),
    path("funnel/accounts/", funnel.FunnelAccountsView.as_view(), name="api-funnel-accounts"),
    path("slots/", slots.SlotView.as_view(), name="api-slots"),
    path("classifier/", learning.ClassifierView.as_view(), name="api-classifier"),
    *router.urls,
]
