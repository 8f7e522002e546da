from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from mdoc import algorithms, cbor, cose, issue
from mdoc.catalogue.doctype import doc_type
from mdoc.catalogue.mdl import ISO_18013
from mdoc.catalogue.mdl import NAME as MDL
from mdoc.catalogue.mnc import MNC as MNC_ENTRY
from mdoc.errors import OutsideProfile
from mdoc.issuer_signed_item import make_item
from mdoc.issuing_profile import CATALOGUE, Rule, check, check_all
from mdoc.mso import digest
from tests.mdoc.world import AT, ELEMENTS, ISO, JP, MNC, VALIDITY, prepared, private_key
from tests.support.entropy import SeededBytes

LICENCE: dict[str, dict[str, object]] = {
    ISO_18013: {
        "family_name": "Ban",
        "given_name": "Hanako",
        "birth_date": date(1971, 9, 1),
        "issue_date": date(2026, 4, 1),
        "expiry_date": AT + timedelta(days=900),
        "issuing_country": "JP",
        "issuing_authority": "Authority",
        "document_number": "123",
        "portrait": b"\xff\xd8",
        "driving_privileges": [],
        "un_distinguishing_sign": "J",
    }
}


def edited(edit: Callable[[Any], object]) -> issue.PreparedDocument:
    """A document whose MSO was edited."""
    document = prepared()
    mso: Any = cbor.decode(document.mso_bytes).open()
    edit(mso)
    return sealed(document, cbor.Embedded(cbor.encode(mso)).tagged)


def sealed(document: issue.PreparedDocument, mso_bytes: bytes) -> issue.PreparedDocument:
    """The document with another MSO, and the bytes to be signed that belong to it."""
    return document._replace(mso_bytes=mso_bytes, to_be_signed=cose.unsigned(mso_bytes).to_be_signed())


def with_items(*items: tuple[bytes, str, object], space: str = ISO) -> issue.PreparedDocument:
    """A document in which one namespace holds exactly these items (salt, name, value), digests included."""
    made = [make_item(number, salt, name, value) for number, (salt, name, value) in enumerate(items)]

    def edit(mso: Any) -> None:
        mso["valueDigests"][space].update({item.digest_id: digest("SHA-256", item.encoded) for item in made})

    document = edited(edit)
    return document._replace(name_spaces={**document.name_spaces, space: tuple(item.encoded for item in made)})


def with_elements(space: str, **values: object) -> issue.PreparedDocument:
    """A document with other values, or without those given as Ellipsis."""
    elements = {name: value for name, value in (ELEMENTS[space] | values).items() if value is not ...}
    return prepared(ELEMENTS | {space: elements})


def in_order() -> issue.PreparedDocument:
    """A document whose digest ids count along its elements."""
    names = MNC_ENTRY.name_spaces[JP]
    values = [(bytes([n]) * 16, name, ELEMENTS[JP][name]) for n, name in enumerate(names) if name in ELEMENTS[JP]]
    return with_items(*values, space=JP)


@dataclass(frozen=True)
class Case:
    """A document that breaks one rule."""

    rule: Rule
    make: Callable[[], issue.PreparedDocument]
    doc_type: str = MNC


SIGNER_UNTIL, SECOND = VALIDITY.valid_until, timedelta(seconds=1)
SALT = bytes(range(16))
GOOD = (("sex", 2), ("birth_date", date(1971, 9, 1)))

CASES = [
    Case(Rule.DIGEST_IDS, in_order),
    Case(Rule.SIGNER_VALIDITY, lambda: prepared(validity=VALIDITY._replace(valid_until=SIGNER_UNTIL + SECOND))),
    Case(Rule.READABLE, lambda: prepared()._replace(mso_bytes=b"\x01")),
    Case(Rule.READABLE, lambda: prepared()._replace(name_spaces={ISO: ()})),
    Case(Rule.DOC_TYPE, prepared, MDL),
    Case(Rule.DOC_TYPE, lambda: prepared(doc_type="com.example.card"), "com.example.card"),
    Case(Rule.DOC_TYPE, lambda: edited(lambda mso: mso.update(docType=MDL))),
    Case(Rule.TO_BE_SIGNED, lambda: prepared()._replace(to_be_signed=prepared(seed="other").to_be_signed)),
    Case(
        Rule.TO_BE_SIGNED,
        lambda: prepared()._replace(
            to_be_signed=cose.unsigned(prepared().mso_bytes, protected={34: [-16, bytes(32)]}).to_be_signed(),
        ),
    ),
    Case(
        Rule.MSO_SIZE,
        lambda: issue.prepare(
            MNC, ELEMENTS, private_key(3).public_key(), VALIDITY, random=SeededBytes(), status=None, decoys_to=40
        ),
    ),
    Case(Rule.DIGEST_ALGORITHM, lambda: prepared(suite=issue.Suite(digest="SHA-384"))),
    *(
        Case(Rule.ALGORITHM, partial(prepared, suite=issue.Suite(algorithm=number)))
        for number in (algorithms.ES384, algorithms.ES512)
    ),
    Case(
        Rule.ALGORITHM,
        lambda: prepared(LICENCE, doc_type=MDL, suite=issue.Suite(algorithm=algorithms.ES512)),
        MDL,
    ),
    Case(Rule.DEVICE_KEY, lambda: prepared(device_key=private_key(3, ec.SECP384R1()))),
    Case(Rule.DEVICE_KEY, lambda: edited(lambda mso: mso["deviceKeyInfo"]["deviceKey"].update({2: b"kid"}))),
    Case(
        Rule.DEVICE_KEY,
        lambda: edited(
            lambda mso: mso["deviceKeyInfo"].update(deviceKey=dict(sorted(mso["deviceKeyInfo"]["deviceKey"].items())))
        ),
    ),
    Case(
        Rule.DEVICE_KEY,
        lambda: edited(
            lambda mso: mso["deviceKeyInfo"]["deviceKey"].update(
                {-3: bool(mso["deviceKeyInfo"]["deviceKey"][-3][-1] & 1)}
            )
        ),
    ),
    Case(
        Rule.KEY_AUTHORIZATIONS,
        lambda: edited(lambda mso: mso["deviceKeyInfo"].update(keyAuthorizations={"nameSpaces": ["x"]})),
    ),
    Case(Rule.VALIDITY, lambda: prepared(validity=VALIDITY._replace(valid_until=AT + timedelta(days=33)))),
    Case(Rule.NAME_SPACES, lambda: prepared()._replace(name_spaces={ISO: prepared().name_spaces[ISO]})),
    Case(Rule.DECOYS, lambda: edited(lambda mso: mso["valueDigests"][ISO].update({16: bytes(32)}))),
    Case(Rule.SALT, lambda: with_items(*((bytes([n]) * 17, *one) for n, one in enumerate(GOOD)))),
    Case(Rule.SALT, lambda: with_items(*((SALT, *one) for one in GOOD))),
    Case(Rule.DIGEST, lambda: prepared()._replace(name_spaces=prepared(seed="other").name_spaces)),
    Case(Rule.ELEMENT, lambda: with_elements(JP, religion="unknown")),
    Case(Rule.ELEMENT, lambda: with_elements(ISO, family_name="Ban")),
    Case(Rule.VALUE, lambda: with_elements(JP, individual_number_unicode="1234567890181")),
    Case(Rule.VALUE, lambda: with_elements(ISO, birth_date="1971-09-01")),
    Case(Rule.VALUE, lambda: with_elements(ISO, sex=True)),
    Case(Rule.VALUE, lambda: with_elements(ISO, age_over_20="yes")),
    Case(Rule.MANDATORY, lambda: with_elements(JP, individual_number_unicode=...)),
    Case(
        Rule.PROVABLE_SIZE,
        lambda: prepared(
            {
                ISO_18013: LICENCE[ISO_18013]
                | {"un_distinguishing_sign": "JAPAN IN ITS LONGEST FORM, WHICH NO PROVER WILL TAKE"}
            },
            doc_type=MDL,
        ),
        MDL,
    ),
]


@pytest.mark.requirement("MDOC-22")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule.value)
def test_each_rule_refuses_what_breaks_it(case: Case) -> None:
    """A document that breaks a rule is refused with the name of that rule, before anything is signed."""
    with pytest.raises(OutsideProfile) as refused:
        check(case.make(), case.doc_type, signer_until=SIGNER_UNTIL if case.rule is Rule.SIGNER_VALIDITY else None)
    assert refused.value.rule == case.rule
    assert "番号" not in str(refused.value)


def test_one_name_has_one_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two namespaces with one identifier and different values are refused: a proof would not tell them apart."""
    japan, iso = dict(MNC_ENTRY.name_spaces[JP]), MNC_ENTRY.name_spaces[ISO]
    japan["sex"] = iso["sex"]
    twice = doc_type(MNC, {JP: japan, ISO: iso})
    monkeypatch.setitem(CATALOGUE, MNC, twice)
    check(with_elements(JP, sex=2), MNC)
    with pytest.raises(OutsideProfile) as refused:
        check(with_elements(JP, sex=1), MNC)
    assert refused.value.rule == Rule.ONE_MEANING


@pytest.mark.parametrize(
    "rule_and_document",
    [
        (Rule.VALUE, lambda: with_elements(ISO, age_in_years=True)),
        (Rule.VALUE, lambda: with_elements(ISO, sex=9 << 20)),
        (Rule.MANDATORY, lambda: with_elements(JP, full_name_unicode=...)),
    ],
    ids=["another type", "another value", "nothing"],
)
def test_documents_of_one_person(rule_and_document: tuple[Rule, Callable[[], issue.PreparedDocument]]) -> None:
    """What passed in one document counts for the next as it is: whatever differs there is judged anew."""
    rule, document = rule_and_document
    check_all([prepared(), prepared(seed="other")], MNC)
    with pytest.raises(OutsideProfile) as refused:
        check_all([prepared(ELEMENTS | {ISO: ELEMENTS[ISO] | {"age_in_years": 1}}), document()], MNC)
    assert refused.value.rule == rule


def test_every_rule_has_a_case() -> None:
    """No rule of the profile is without a document that breaks it."""
    assert set(Rule) == {case.rule for case in CASES} | {Rule.ONE_MEANING}


@pytest.mark.requirement("MDOC-22")
def test_our_documents_stay_inside_the_profile() -> None:
    """What `prepare` makes of the six items is inside the profile, with a portrait and without."""
    check(prepared(), MNC)
    check(with_elements(JP, portrait=...), MNC)
    check(prepared(LICENCE, doc_type=MDL, validity=VALIDITY._replace(valid_until=AT + timedelta(days=80))), MDL)


@pytest.mark.parametrize("algorithm", [algorithms.ES256, algorithms.ES384])
@pytest.mark.parametrize("name", ["SHA-256", "SHA-384", "SHA-512"])
def test_the_catalogue_says_what_a_doc_type_is_signed_and_hashed_with(algorithm: int, name: str) -> None:
    """A driving licence may be signed with ES384 and hashed with any of the three; our own document takes one pair."""
    check(prepared(LICENCE, doc_type=MDL, suite=issue.Suite(algorithm, name)), MDL)
    assert MNC_ENTRY.algorithms == {algorithms.ES256}
    assert MNC_ENTRY.digests == {"SHA-256"}
    assert prepared().to_be_signed.startswith(bytes.fromhex("846a5369676e61747572653143a1012640"))


def test_the_size_of_the_mso_does_not_tell_the_portrait() -> None:
    """A document without a portrait has as many digests and as long an MSO as one with it."""
    assert len(with_elements(JP, portrait=...).mso_bytes) == len(prepared().mso_bytes)
