"""The addresses of the record's own pages."""

from django.urls import path

from crm.views import account, contact, first_run, imports, live, message, sandbox, search, settings

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
    path("conversations/<int:pk>/", message.conversation_page, name="conversation"),
    path("messages/<int:pk>/", message.message_page, name="message"),
    path("messages/<int:pk>/raw/", message.message_raw, name="message_raw"),
    path("messages/<int:pk>/assign/", message.assign, name="assign"),
    path("attachments/<int:pk>/", message.attachment, name="attachment"),
    path("unmatched/", message.unmatched, name="unmatched"),
    path("sandbox/", sandbox.mail_list, name="sandbox"),
    path("sandbox/clock/", sandbox.move_clock, name="sandbox_clock"),
    path("sandbox/<int:pk>/", sandbox.mail, name="sandbox_message"),
    path("sandbox/<int:pk>/answer/", sandbox.mail_answer, name="sandbox_answer"),
    path("imports/", imports.import_list, name="imports"),
    path("imports/new/", imports.import_new, name="import_new"),
    path("imports/<int:pk>/", imports.import_page, name="import_"),
    path("imports/<int:pk>/errors/", imports.import_errors, name="import_errors"),
    path("start/", first_run.first_run, name="first_run"),
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
