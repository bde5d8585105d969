"""Proposals that two records are one, and what was merged: the same verbs as the pages."""

from typing import Any

from django.http import Http404
from rest_framework import serializers

from crm import access, side_by_side
from crm.api.serializers import Strict, StrictModel
from crm.api.views import Read, creates, verb
from crm.errors import Refused
from crm.filters import DuplicatePairFilter, MergeFilter
from crm.models import DuplicatePair, Merge
from crm.models.duplicates import KINDS
from crm.services import duplicates, merging


class DuplicatePairSerializer(StrictModel):
    class Meta:
        model = DuplicatePair
        fields = [
            "id",
            "kind",
            "low_id",
            "high_id",
            "band",
            "score",
            "evidence",
            "state",
            "found_at",
            "decided_at",
            "decided_by",
        ]


class MergeSerializer(StrictModel):
    class Meta:
        model = Merge
        fields = ["id", "kind", "kept_id", "kept_name", "gone_id", "gone_name", "by", "at", "undone_at", "undone_by"]


class Choice(Strict):
    """`keep` is the number of the record that stays; `choose` says per field whose value stays: kept or gone."""

    keep = serializers.IntegerField(required=False)
    choose = serializers.DictField(child=serializers.ChoiceField(["kept", "gone"]), required=False)


class NewMerge(Strict):
    kind = serializers.ChoiceField(KINDS)
    kept = serializers.IntegerField(min_value=1, max_value=2**62)
    gone = serializers.IntegerField(min_value=1, max_value=2**62)
    choose = serializers.DictField(child=serializers.ChoiceField(["kept", "gone"]), required=False)


class DuplicatePairViewSet(Read):
    """Two records that may be one. Nothing is merged by itself; those of accounts are seen by leads and admins."""

    serializer_class = DuplicatePairSerializer
    filterset_class = DuplicatePairFilter
    visible = staticmethod(access.visible_pairs)
    write = staticmethod(access.pair_write)
    ordering = ("-id",)
    queryset = DuplicatePair.objects.none()

    @verb(Choice, answer=MergeSerializer)
    def merge(self, pair: DuplicatePair, keep: int | None = None, choose: dict[str, str] | None = None) -> Merge:
        """Make one record of the two."""
        found = side_by_side.both(pair)
        if found is None:
            raise Refused("One of the two was merged or removed in the meantime.")
        if keep is not None and keep not in (pair.low_id, pair.high_id):
            raise Refused(f"{keep} is neither of the two.")
        kept, gone = found if keep in (None, pair.low_id) else found[::-1]
        access.check_may_merge(self.request.user, kept, gone)
        return merging.merge(kept, gone, by=self.request.user, choose=choose)

    @verb()
    def keep_apart(self, pair: DuplicatePair) -> None:
        """These are two; they are not proposed again."""
        duplicates.keep_apart(pair, by=self.request.user)

    @verb()
    def propose_again(self, pair: DuplicatePair) -> None:
        """Take back that they were kept apart."""
        duplicates.propose_again(pair, by=self.request.user)


class MergeViewSet(Read):
    """What was merged; an undo puts back the record that went and everything that hung on it."""

    serializer_class = MergeSerializer
    filterset_class = MergeFilter
    visible = staticmethod(access.visible_merges)
    write = staticmethod(access.merge_write)
    ordering = ("-id",)
    queryset = Merge.objects.none()

    @creates(NewMerge)
    def create(self, kind: str, kept: int, gone: int, choose: dict[str, str] | None = None) -> Merge:
        model = merging.MODELS[kind]
        found: dict[int, Any] = model.objects.in_bulk([kept, gone])
        if not {kept, gone} <= set(found):
            raise Http404
        access.check_may_merge(self.request.user, found[kept], found[gone])
        return merging.merge(found[kept], found[gone], by=self.request.user, choose=choose)

    @verb()
    def undo(self, merge: Merge) -> None:
        """Two again, as they were; what came since stays where its thread is."""
        merging.undo_merge(merge, by=self.request.user)
