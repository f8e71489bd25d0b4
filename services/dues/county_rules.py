"""The county's own rules: read with their past and future, and set from a month on (BOOK-2, BOOK-5).

Stores a version of the rule profile and never changes one. How much anybody owes is not decided here.
"""

from __future__ import annotations

import sqlalchemy as sa

from services.chassis.access import require_reach
from services.chassis.work import Work
from services.contracts.caller import Role
from services.contracts.common import Nothing
from services.contracts.dues import messages as m
from services.contracts.dues.errors import CountyRulesRefused
from services.contracts.errors import StaleVersion
from services.contracts.values import OrgPath
from services.dues.domain.profile import RuleProfile, Shares, profile_to_data
from services.dues.domain.profile.county import CountyRule, change, rule_of, segments
from services.dues.domain.refusal import Refusal
from services.dues.orders import store
from services.dues.profiles import MAX_PROFILES, read_profiles
from services.dues.refusals import refused
from services.dues.storage.tables import rule_profile

_ONE_BY_ONE = "SELECT pg_advisory_xact_lock(hashtextextended('dues.rules/' || :county, 0))"


def get_county_rules(work: Work, _: Nothing) -> m.CountyRules:
    """Each rule with the month from which it holds, the newest first."""
    _county(work)
    return _view(work)


def set_county_rules(work: Work, request: m.SetCountyRules) -> m.CountyRules:
    """A new version from the month named. Raises CountyRulesRefused; StaleVersion when another has set one meanwhile."""
    path = _county(work)
    work.db.execute(sa.text(_ONE_BY_ONE), {"county": work.caller.county_id})
    profiles = read_profiles(work).all()
    if request.version != _version(profiles):
        raise StaleVersion(version=_version(profiles))
    shares = Shares(request.county_share, request.city_to_province_share, request.province_to_centre_share)
    made = change(
        profiles,
        CountyRule(shares, request.publish_names),
        from_month=request.from_month,
        this_month=work.month,
        limit=MAX_PROFILES,
    )
    if isinstance(made, Refusal):
        raise refused(CountyRulesRefused, made)
    _store(work, made)
    said = f"{request.from_month}: {made.shares.county}/{made.shares.city_to_province}/{made.shares.province_to_centre}"
    purpose = f"{said}, names {'shown' if made.publish_names else 'not shown'}"
    work.audit("dues.county_rules_set", "rule_profile", made.reference, path=path, purpose=purpose)
    return _view(work)


def _county(work: Work) -> OrgPath:
    """The county's own path, over which the caller holds his office."""
    owner, _ = store.county_root(work.db, work.caller.county_id)
    return require_reach(work.caller, store.org_path(work.db, owner), Role.COUNTY_ADMIN)


def _version(profiles: tuple[RuleProfile, ...]) -> int:
    return max(profile.version for profile in profiles)


def _store(work: Work, made: RuleProfile) -> None:
    name = store.names_of(work.db, [work.caller.member_id]) if work.caller.member_id else {}
    row = {
        "county_id": work.caller.county_id,
        "code": made.code,
        "version": made.version,
        "valid_from": made.valid_from.number,
        "body": profile_to_data(made),
        "set_by_account": work.caller.account_id,
        "set_by_name": next(iter(name.values()), ""),
        "set_at": work.now,
    }
    work.db.execute(sa.insert(rule_profile).values(row))


def _view(work: Work) -> m.CountyRules:
    profiles = read_profiles(work).all()
    c = rule_profile.c
    stored = sa.select(c.code, c.version, c.set_by_name, c.set_at).where(c.county_id == work.caller.county_id)
    setters = {(row.code, row.version): row for row in work.db.execute(stored)}
    shown = segments(profiles)
    in_force = next(one for one in shown if one.valid_from <= work.month)
    items = []
    for one in shown:
        rule, by = rule_of(one), setters.get((one.code, one.version))
        items.append(
            m.CountyRule(
                from_month=one.valid_from,
                county_share=rule.shares.county,
                city_to_province_share=rule.shares.city_to_province,
                province_to_centre_share=rule.shares.province_to_centre,
                publish_names=rule.publish_names,
                in_force=one is in_force,
                set_by_name=by.set_by_name if by else "",
                set_at=by.set_at if by else None,
            )
        )
    return m.CountyRules(items=tuple(items), version=_version(profiles))
