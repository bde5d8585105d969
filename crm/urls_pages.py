"""The addresses of the record's own pages."""

from django.urls import path

from crm.views import account, contact, live, search, settings

app_name = "crm"

urlpatterns = [
    path("", account.home, name="home"),
    path("accounts/", account.account_list, name="accounts"),
    path("accounts/new/", account.account_new, name="account_new"),
    path("accounts/<int:pk>/", account.account_page, name="account"),
    path("accounts/<int:pk>/edit/", account.account_edit, name="account_edit"),
    path("accounts/<int:pk>/rest/", account.account_rest, name="account_rest"),
    path("accounts/<int:pk>/note/", account.account_note, name="account_note"),
    path("accounts/<int:pk>/owner/", account.account_owner, name="account_owner"),
    path("accounts/<int:pk>/close/", account.account_close, name="account_close"),
    path("accounts/<int:pk>/timeline/", account.timeline, name="timeline"),
    path("accounts/<int:pk>/people/new/", account.contact_new, name="contact_new"),
    path("people/", contact.contact_list, name="contacts"),
    path("people/<int:pk>/", contact.contact_page, name="contact"),
    path("people/<int:pk>/role/", contact.contact_role, name="contact_role"),
    path("people/<int:pk>/left/", contact.contact_left, name="contact_left"),
    path("people/<int:pk>/stop/", contact.contact_stop, name="contact_stop"),
    path("search/", search.search, name="search"),
    path("settings/", settings.settings_page, name="settings"),
    path("settings/hours/", settings.settings_hours, name="settings_hours"),
    path("settings/away/", settings.settings_away, name="settings_away"),
    path("settings/keys/", settings.settings_token, name="settings_token"),
    path("settings/keys/<int:pk>/revoke/", settings.token_revoke, name="token_revoke"),
    path("settings/organisation/", settings.organisation, name="organisation"),
    path("notifications/", settings.notification_list, name="notifications"),
    path("notifications/read/", settings.notification_read, name="notification_read"),
    path("live/", live.live, name="live"),
]
