"""The extensions of a certificate held against its profile."""

from collections.abc import Callable

from asn1crypto import core

from pki.ca.draft import Draft, Rule
from pki.profiles.profile import (
    AUTHORITY_INFORMATION,
    AUTHORITY_KEY_IDENTIFIER,
    BASIC_CONSTRAINTS,
    DISTRIBUTION_POINTS,
    EXTENDED_KEY_USAGE,
    ISSUER_ALTERNATIVE_NAME,
    KEY_USAGE,
    POLICIES,
    SUBJECT_ALTERNATIVE_NAME,
    SUBJECT_KEY_IDENTIFIER,
    Need,
)

_URI = "uniform_resource_identifier"


def _extensions(draft: Draft) -> None:
    rules = draft.profile.extensions
    numbers = [extension["extn_id"].dotted for extension in draft.body["extensions"]]
    draft.require(len(numbers) == len(set(numbers)), Rule.EXTENSION_TWICE)
    draft.require(set(numbers) <= rules.keys(), Rule.EXTENSION_FOREIGN)
    needed = {number for number, rule in rules.items() if rule.need is Need.MANDATORY}
    draft.require(needed <= set(numbers), Rule.EXTENSION_MISSING)
    for extension in draft.body["extensions"]:
        expected = rules[extension["extn_id"].dotted].critical
        draft.require(extension["critical"].native == expected, Rule.CRITICALITY)


def _key_usage(draft: Draft) -> None:
    usage = draft.native(KEY_USAGE)
    draft.require(usage == draft.profile.key_usage, Rule.KEY_USAGE)


def _basic_constraints(draft: Draft) -> None:
    constraints = draft.native(BASIC_CONSTRAINTS)
    if constraints is not None:
        expected = {"ca": True, "path_len_constraint": draft.profile.path_length}
        draft.require(dict(constraints) == expected, Rule.BASIC_CONSTRAINTS)


def _extended_usage(draft: Draft) -> None:
    found = [usage.dotted for usage in draft.members(EXTENDED_KEY_USAGE)]
    draft.require(found == list(draft.profile.extended_usages), Rule.EXTENDED_KEY_USAGE)


def _key_identifiers(draft: Draft) -> None:
    """Annex B.1.1: SHA-1 of the key's bit string; the authority's is the identifier in the certificate above."""
    own = draft.native(SUBJECT_KEY_IDENTIFIER)
    draft.require(own == draft.body["subject_public_key_info"].sha1, Rule.SUBJECT_KEY)
    authority = draft.extension(AUTHORITY_KEY_IDENTIFIER)
    if authority is not None:
        expected = {
            "key_identifier": draft.issuer.key_identifier,
            "authority_cert_issuer": None,
            "authority_cert_serial_number": None,
        }
        draft.require(dict(authority["extn_value"].parsed.native) == expected, Rule.AUTHORITY_KEY)


def _alternative_names(draft: Draft) -> None:
    names = draft.members(SUBJECT_ALTERNATIVE_NAME)
    draft.require({name.name for name in names} <= draft.profile.alternative_names, Rule.ALTERNATIVE_NAME)
    others = [name.chosen for name in names if name.name == "other_name"]
    numbers = [other["type_id"].dotted for other in others]
    needs = draft.profile.other_names
    needed = {number for number, need in needs.items() if need is Need.MANDATORY}
    draft.require(needed <= set(numbers) <= needs.keys(), Rule.ALTERNATIVE_NAME)
    draft.require(len(numbers) == len(set(numbers)), Rule.ALTERNATIVE_NAME)
    texts = all(isinstance(other["value"].parsed, core.UTF8String) for other in others)
    draft.require(texts, Rule.ALTERNATIVE_NAME)


def _issuer_alternative_names(draft: Draft) -> None:
    """Annex B.1.2: how the issuer is reached, as mail address or URI; JPKI has a directory name there."""
    allowed = {"directory_name"} if draft.profile.directory_points else {"rfc822_name", _URI}
    names = {name.name for name in draft.members(ISSUER_ALTERNATIVE_NAME)}
    draft.require(names <= allowed, Rule.ISSUER_ALTERNATIVE_NAME)


def _distribution_points(draft: Draft) -> None:
    """Annex B.1.1: a URI, no reasons, no other issuer of the list; JPKI names a directory entry instead."""
    expected = "directory_name" if draft.profile.directory_points else _URI
    for point in draft.members(DISTRIBUTION_POINTS):
        plain = point["reasons"].native is None and point["crl_issuer"].native is None
        name = point["distribution_point"]
        draft.require(plain and name.native is not None and name.name == "full_name", Rule.DISTRIBUTION_POINT)
        draft.require({each.name for each in name.chosen} == {expected}, Rule.DISTRIBUTION_POINT)


def _policies(draft: Draft) -> None:
    found = [policy["policy_identifier"].dotted for policy in draft.members(POLICIES)]
    draft.require(found == list(draft.profile.policies), Rule.POLICY)


def _information(draft: Draft) -> None:
    """RFC 5280 4.2.2.1: where status is asked for by OCSP, as a URI; nothing else is announced."""
    for access in draft.members(AUTHORITY_INFORMATION):
        online = access["access_method"].native == "ocsp" and access["access_location"].name == _URI
        draft.require(online, Rule.INFORMATION)


EXTENSION_CHECKS: tuple[Callable[[Draft], None], ...] = (
    _extensions,
    _key_usage,
    _basic_constraints,
    _extended_usage,
    _key_identifiers,
    _alternative_names,
    _issuer_alternative_names,
    _distribution_points,
    _policies,
    _information,
)
