"""The addresses of prospecting."""

from django.urls import path

from prospecting.views import account, enrollment, route, segment, sending, sequence, unsubscribe

app_name = "prospecting"

urlpatterns = [
    path("segments/", segment.segment_index, name="segments"),
    path("segments/new/", segment.segment_new, name="segment_new"),
    path("segments/check/", segment.rule_check, name="rule_check"),
    path("segments/fields/", segment.rule_fields, name="rule_fields"),
    path("segments/<int:pk>/", segment.segment_page, name="segment"),
    path("segments/<int:pk>/draft/", segment.segment_draft, name="segment_draft"),
    path("segments/<int:pk>/publish/", segment.segment_publish, name="segment_publish"),
    path("segments/<int:pk>/discard/", segment.segment_discard, name="segment_discard"),
    path("segments/<int:pk>/list/", segment.segment_list, name="segment_list"),
    path("segments/<int:pk>/refresh/", segment.segment_refresh, name="segment_refresh"),
    path("segments/<int:pk>/pins/", segment.segment_pin, name="segment_pin"),
    path("routes/", route.route_index, name="routes"),
    path("routes/new/", route.route_new, name="route_new"),
    path("routes/<int:pk>/", route.route_page, name="route"),
    path("routes/<int:pk>/draft/", route.route_draft, name="route_draft"),
    path("routes/<int:pk>/publish/", route.route_publish, name="route_publish"),
    path("sequences/", sequence.sequence_index, name="sequences"),
    path("sequences/new/", sequence.sequence_new, name="sequence_new"),
    path("sequences/<int:pk>/", sequence.sequence_page, name="sequence"),
    path("sequences/<int:pk>/draft/", sequence.sequence_draft, name="sequence_draft"),
    path("sequences/<int:pk>/publish/", sequence.sequence_publish, name="sequence_publish"),
    path("texts/new/", sequence.template, name="template_new"),
    path("texts/<int:pk>/", sequence.template, name="template"),
    path("accounts/<int:pk>/enroll/", enrollment.enroll, name="enroll"),
    path("accounts/<int:pk>/rest/until/", enrollment.rest, name="rest"),
    path("accounts/<int:pk>/rest/end/", enrollment.rest_end, name="rest_end"),
    path("accounts/<int:pk>/shut/", enrollment.close_account, name="close_account"),
    path("accounts/<int:pk>/route/", account.account_route, name="account_route"),
    path("accounts/<int:pk>/why/", account.account_why, name="account_why"),
    path("enroll/", enrollment.enroll_list, name="enroll_list"),
    path("enrollments/<int:pk>/stages/open/", enrollment.open_stage, name="stage_open"),
    path("enrollments/<int:pk>/<slug:what>/", enrollment.move, name="enrollment_move"),
    path("sending/", sending.sending_page, name="sending"),
    path("touches/<int:pk>/log/", sending.touch_log, name="touch_log"),
    path("touches/<int:pk>/settle/", sending.touch_settle, name="touch_settle"),
    path("u/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
]
