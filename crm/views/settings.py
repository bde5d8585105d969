"""What someone sets for themselves: hours, time away, alerts, keys for the API; and for admins the organisation."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from crm import clock, toasts
from crm.access import policy
from crm.forms import AwayForm, HoursForm, OrganisationForm, PersonForm, TokenForm
from crm.models import Notification, Organisation, User
from crm.services import api_tokens, notifications, people


@policy("member")
def settings_page(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=request.user.pk)
    form = PersonForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        toasts.say(request, "Your settings are saved.")
        return redirect("crm:settings")
    return render(request, "crm/settings.html", shown(user, form=form))


def shown(user: User, **more: object) -> dict:
    away = user.away_until if user.away_until and user.away_until > clock.now() else None
    return {
        "form": PersonForm(instance=user),
        "hours_form": HoursForm(initial=HoursForm.initial_of(user)),
        "away": away,
        "away_form": AwayForm(),
        "token_form": TokenForm(auto_id="token_%s"),
        "tokens": user.api_tokens.filter(revoked_at=None).order_by("-created_at"),
        "mailboxes": user.mailboxes.order_by("address"),
        **more,
    }


@require_POST
@policy("member")
def settings_hours(request: HttpRequest) -> HttpResponse:
    form = HoursForm(request.POST)
    if not form.is_valid():
        user = User.objects.get(pk=request.user.pk)
        return render(request, "crm/settings.html", shown(user, hours_form=form), status=422)
    people.set_hours(request.user, form.rows())
    toasts.say(request, "Your working hours are saved. Clocks run in them from now on.")
    return redirect("crm:settings")


@require_POST
@policy("member")
def settings_away(request: HttpRequest) -> HttpResponse:
    if "back" in request.POST:
        people.come_back(request.user)
        toasts.say(request, "Welcome back. New replies come to you again.")
        return redirect("crm:settings")
    form = AwayForm(request.POST)
    if form.is_valid() and form.cleaned_data["until"] > clock.now():
        people.go_away(request.user, form.cleaned_data["until"])
        toasts.say(request, "You are away. New replies go to your team meanwhile.")
    else:
        toasts.refuse(request, "Say when you are back, a moment after now.")
    return redirect("crm:settings")


@require_POST
@policy("member")
def settings_token(request: HttpRequest) -> HttpResponse:
    """Shown once, on this answer only; the database keeps a hash."""
    form = TokenForm(request.POST, auto_id="token_%s")
    user = User.objects.get(pk=request.user.pk)
    if not form.is_valid():
        return render(request, "crm/settings.html", shown(user, token_form=form), status=422)
    token, plain = api_tokens.issue(user, form.cleaned_data["name"])
    response = render(request, "crm/settings.html", shown(user, new_token=token, plain=plain))
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@policy("member")
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(request.user.api_tokens, pk=pk)
    api_tokens.revoke(token, by=request.user)
    toasts.say(request, f"The key “{token.name}” works no longer.")
    return redirect("crm:settings")


@policy("admin")
def organisation(request: HttpRequest) -> HttpResponse:
    row = Organisation.objects.first() or Organisation(name="")
    form = OrganisationForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        toasts.say(request, "The organisation is saved.")
        return redirect("crm:organisation")
    return render(request, "crm/organisation.html", {"form": form})


@policy("member")
def notification_list(request: HttpRequest) -> HttpResponse:
    rows = Notification.objects.filter(user=request.user).order_by("-at")[:100]
    return render(request, "crm/notifications.html", {"rows": rows})


@require_POST
@policy("member")
def notification_read(request: HttpRequest) -> HttpResponse:
    for row in Notification.objects.filter(user=request.user, read_at=None):
        notifications.mark_read(row)
    return redirect("crm:notifications")
