from dataclasses import replace

from asn1crypto import core
from asn1crypto import x509 as asn1

from pki.ca.draft import Rule
from pki.ca.lint import check
from pki.profiles.jpki import AUTHENTICATION, SEX, SIGNATURE, SIGNATURE_POLICY
from pki.profiles.profile import MANDATORY
from tests.pki.ca.test_lint import bent, rule_of, signature_certificate
from tests.support.hierarchy import Hierarchy


def test_alternative_names_of_a_holder(pki: Hierarchy) -> None:
    """A signature certificate without one of the four items, or with a name of another kind, is refused."""
    octets, above = signature_certificate(pki)
    check(octets, SIGNATURE, issuer=above)
    more = replace(SIGNATURE, other_names={**SIGNATURE.other_names, "1.2.3": MANDATORY})
    assert rule_of(octets, more, above) is Rule.ALTERNATIVE_NAME
    fewer = {number: need for number, need in SIGNATURE.other_names.items() if need is MANDATORY}
    assert rule_of(octets, replace(SIGNATURE, other_names=fewer), above) is Rule.ALTERNATIVE_NAME
    other = replace(SIGNATURE, alternative_names=frozenset({"dns_name"}))
    assert rule_of(octets, other, above) is Rule.ALTERNATIVE_NAME


def test_an_item_of_a_holder_stands_once(pki: Hierarchy) -> None:
    """An item that stands twice is refused."""
    octets, above = signature_certificate(pki)

    def change(body: asn1.TbsCertificate) -> None:
        extension = next(each for each in body["extensions"] if each["extn_id"].dotted == "2.5.29.17")
        names = list(extension["extn_value"].parsed)
        extension["extn_value"] = core.ParsableOctetString(asn1.GeneralNames([*names, names[0]]).dump())

    assert rule_of(bent(octets, change), SIGNATURE, above) is Rule.ALTERNATIVE_NAME


def test_an_item_of_a_holder_is_utf8(pki: Hierarchy) -> None:
    """An item in another string type than UTF8String is refused."""
    octets, above = signature_certificate(pki)
    sex = core.ObjectIdentifier(SEX).dump()
    at = octets.index(sex) + len(sex) + 2
    assert octets[at - 2 : at + 2] == b"\xa0\x03\x0c\x01"
    printable = octets[:at] + b"\x13" + octets[at + 1 :]
    assert rule_of(printable, SIGNATURE, above) is Rule.ALTERNATIVE_NAME


def test_policy_of_the_other_kind(pki: Hierarchy) -> None:
    """A signature certificate under the policy of user authentication is refused."""
    octets, above = signature_certificate(pki)
    other = replace(SIGNATURE, policies=AUTHENTICATION.policies)
    assert SIGNATURE_POLICY not in other.policies
    assert rule_of(octets, other, above) is Rule.POLICY
