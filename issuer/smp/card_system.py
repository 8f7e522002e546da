"""E-46: the card system says whether six items are those of the card. Nothing else comes back (D8)."""

from hashlib import sha256

from issuer.smp.application.signed import SignedApplication
from registry.act import Act
from registry.messages.card import Confirm, Confirmation
from registry.peer.call import Call, Refused, Unanswered


async def confirms(call: Call, act: Act, signed: SignedApplication) -> bool:
    """
    Ask whether number, four items and photo are those of the card; True or False.

    Raises Unanswered without a usable answer, so that the application is held and asked about again.
    """
    items, face = signed.number_and_items, signed.card_face
    question = Confirm(
        request_id=act.new_id(),
        card_issue_number=face.card_issue_number,
        individual_number=items.individual_number,
        name=items.name,
        address=items.address,
        birth_date=items.birth_date,
        sex=items.sex,
        photo_digest=None if face.photo is None else sha256(face.photo).digest(),
    )
    try:
        answer = await call("card.confirm", question, Confirmation, act=act)
    except Refused as exc:
        raise Unanswered("refused") from exc
    if answer.request_id != question.request_id:
        raise Unanswered("answer to another question")
    return answer.match
