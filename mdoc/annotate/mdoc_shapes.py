"""The structures of ISO/IEC 18013-5 by the names of their CDDL."""

from mdoc.annotate.cose_shapes import CERTIFICATE, COSE_KEY, DETACHED, HEADERS, sign1
from mdoc.annotate.shape import HIDDEN, PLAIN, Entry, Shape, entries, labelled, named

ERROR_CODES = named({0: "data not returned"})
DIGESTS = Shape("DigestIDs", each=Shape("digest"), key="digestID")
KEY_AUTHORIZATIONS = Shape(
    "KeyAuthorizations",
    entries(nameSpaces=Shape(each=PLAIN), dataElements=Shape(each=Shape(each=PLAIN), key="namespace")),
)
STATUS = Shape(
    "Status (second edition 12.3.6)",
    entries(
        status_list=Shape("StatusListInfo", entries(idx=PLAIN, uri=PLAIN, certificate=CERTIFICATE)),
        identifier_list=Shape("IdentifierListInfo", entries(id=PLAIN, uri=PLAIN, certificate=CERTIFICATE)),
    ),
)
MSO = Shape(
    "MobileSecurityObject (9.1.2.4)",
    entries(
        version=PLAIN,
        digestAlgorithm=PLAIN,
        valueDigests=Shape("ValueDigests", each=DIGESTS, key="namespace"),
        deviceKeyInfo=Shape(
            "DeviceKeyInfo", entries(deviceKey=COSE_KEY, keyAuthorizations=KEY_AUTHORIZATIONS, keyInfo=HIDDEN)
        ),
        docType=PLAIN,
        validityInfo=Shape(
            "ValidityInfo", entries(signed=PLAIN, validFrom=PLAIN, validUntil=PLAIN, expectedUpdate=PLAIN)
        ),
        status=STATUS,
    ),
)
MSO_BYTES = Shape("MobileSecurityObjectBytes", inside=MSO)
ISSUER_AUTH = sign1(Shape("the payload as it is signed", inside=MSO_BYTES), "IssuerAuth, COSE_Sign1")

# With the salt in hand the few values of an element could be tried against its digest, so the salt is hidden too.
ITEM = Shape(
    "IssuerSignedItem",
    entries(digestID=PLAIN, random=Shape("salt", shown=False), elementIdentifier=PLAIN, elementValue=HIDDEN),
)
ITEM_BYTES = Shape("IssuerSignedItemBytes: what is hashed begins here", inside=ITEM)
ISSUER_SIGNED = Shape(
    "IssuerSigned (8.3.2.1.2.2)",
    entries(nameSpaces=Shape("IssuerNameSpaces", each=Shape(each=ITEM_BYTES), key="namespace"), issuerAuth=ISSUER_AUTH),
)

DEVICE_NAME_SPACES = Shape("DeviceNameSpaces", each=Shape(each=HIDDEN, key="element"), key="namespace")
DEVICE_AUTH = Shape(
    "DeviceAuth",
    entries(deviceSignature=sign1(DETACHED), deviceMac=sign1(DETACHED, "COSE_Mac0", "tag")),
)
DEVICE_SIGNED = Shape(
    "DeviceSigned",
    entries(nameSpaces=Shape("DeviceNameSpacesBytes", inside=DEVICE_NAME_SPACES), deviceAuth=DEVICE_AUTH),
)
DOCUMENT = Shape(
    "Document",
    entries(
        docType=PLAIN,
        issuerSigned=ISSUER_SIGNED,
        deviceSigned=DEVICE_SIGNED,
        errors=Shape("Errors", each=Shape(each=ERROR_CODES, key="element"), key="namespace"),
    ),
)
RESPONSE_STATUS = named(
    {0: "OK", 10: "general error", 11: "CBOR decoding error", 12: "CBOR validation error"}, "status"
)
DEVICE_RESPONSE = Shape(
    "DeviceResponse (8.3.2.1.2.2)",
    entries(
        version=PLAIN,
        documents=Shape(each=DOCUMENT),
        documentErrors=Shape(each=Shape(each=ERROR_CODES, key="docType")),
        status=RESPONSE_STATUS,
    ),
)

USE_CASE = Shape(
    "UseCase",
    entries(
        mandatory=PLAIN, documentSets=Shape(each=Shape(each=PLAIN)), purposeHints=Shape(each=PLAIN, key="controller")
    ),
)
DEVICE_REQUEST_INFO = Shape("DeviceRequestInfo", entries(useCases=Shape(each=USE_CASE)))
REQUEST_INFO = Shape(
    "DocRequestInfo (second edition 10.2)",
    entries(
        alternativeDataElements=HIDDEN,
        issuerIdentifiers=Shape(each=PLAIN),
        uniqueDocSetRequired=PLAIN,
        maximumResponseSize=PLAIN,
        zkRequest=HIDDEN,
        docResponseEncryption=HIDDEN,
    ),
)
INTENT = Shape("intent to retain")
ITEMS_REQUEST = Shape(
    "ItemsRequest",
    entries(
        docType=PLAIN,
        nameSpaces=Shape(each=Shape(each=INTENT, key="element"), key="namespace"),
        requestInfo=REQUEST_INFO,
    ),
)
DOC_REQUEST = Shape(
    "DocRequest",
    entries(
        itemsRequest=Shape("ItemsRequestBytes", inside=ITEMS_REQUEST),
        readerAuth=sign1(DETACHED, "ReaderAuth, COSE_Sign1"),
    ),
)
DEVICE_REQUEST = Shape(
    "DeviceRequest (8.3.2.1.2.1)",
    entries(
        version=PLAIN,
        docRequests=Shape(each=DOC_REQUEST),
        deviceRequestInfo=Shape(inside=DEVICE_REQUEST_INFO),
        readerAuthAll=Shape(each=sign1(DETACHED, "ReaderAuthAll, COSE_Sign1")),
    ),
)

KEY_BYTES = Shape("COSE_Key in tag 24", inside=COSE_KEY)
METHOD = Shape(
    "RetrievalMethod",
    parts=(
        Entry("type", named({1: "NFC", 2: "BLE", 3: "Wi-Fi Aware"}, "method")),
        Entry("version", PLAIN),
        Entry("options", Shape(each=PLAIN, key="option")),
    ),
)
SECURITY = Shape(parts=(Entry("cipher suite", PLAIN), Entry("EDeviceKeyBytes", KEY_BYTES)))
ENGAGEMENT = Shape(
    "DeviceEngagement (8.2.1)",
    labelled(
        {
            0: ("version", PLAIN),
            1: ("Security", SECURITY),
            2: ("DeviceRetrievalMethods", Shape(each=METHOD)),
            5: ("OriginInfos", Shape(each=HIDDEN)),
            6: ("Capabilities", Shape(each=PLAIN, key="capability")),
        }
    ),
)
HANDOVER = Shape("null for a QR code", parts=(Entry("name or message", PLAIN), Entry("hash or message", PLAIN)))
TRANSCRIPT = Shape(
    "SessionTranscript (9.1.5.1)",
    parts=(
        Entry("DeviceEngagementBytes", Shape(inside=ENGAGEMENT)),
        Entry("EReaderKeyBytes", KEY_BYTES),
        Entry("Handover", HANDOVER),
    ),
)
TRANSCRIPT_BYTES = Shape("SessionTranscriptBytes", inside=TRANSCRIPT)
CIPHERTEXT = Shape("ciphertext with its tag of 16 bytes")
ESTABLISHMENT = Shape("SessionEstablishment (9.1.1.4)", entries(eReaderKey=KEY_BYTES, data=CIPHERTEXT))
SESSION_STATUS = named({10: "session encryption error", 11: "CBOR decoding error", 20: "termination"}, "status")
SESSION_DATA = Shape("SessionData (9.1.1.4)", entries(data=CIPHERTEXT, status=SESSION_STATUS))

CERTIFICATE_INFO = Shape(
    "CertificateInfo",
    entries(
        certificate=CERTIFICATE,
        serialNumber=PLAIN,
        ski=PLAIN,
        docType=Shape(each=PLAIN),
        certificateProfile=Shape(each=PLAIN),
        issuingAuthority=PLAIN,
        issuingCountry=PLAIN,
        stateOrProvinceName=PLAIN,
        issuer=PLAIN,
        subject=PLAIN,
        notBefore=PLAIN,
        notAfter=PLAIN,
        extensions=Shape(each=HIDDEN),
    ),
)
VICAL_CONTENT = Shape(
    "VICAL (Annex C)",
    entries(
        version=PLAIN,
        vicalProvider=PLAIN,
        vicalIssueID=PLAIN,
        date=PLAIN,
        nextUpdate=PLAIN,
        notAfter=PLAIN,
        certificateInfos=Shape(each=CERTIFICATE_INFO),
        extensions=Shape(each=HIDDEN),
        vicalURL=PLAIN,
    ),
)
VICAL = sign1(Shape("the list as it is signed", inside=VICAL_CONTENT))

# DeviceAuthentication and ReaderAuthentication travel in tag 24 as payload of the structure that is signed; IssuerAuth
# has the MSO there.
AUTHENTICATION = Shape(
    "what is authenticated",
    members=MSO.members,
    parts=(
        Entry("context", PLAIN),
        Entry("SessionTranscript", TRANSCRIPT),
        Entry("docType or ItemsRequestBytes", Shape(inside=ITEMS_REQUEST)),
        Entry("DeviceNameSpacesBytes", Shape(inside=DEVICE_NAME_SPACES)),
    ),
)
TO_BE_SIGNED = Shape(
    "Sig_structure or MAC_structure (RFC 9052 4.4, 6.3)",
    parts=(
        Entry("context", PLAIN),
        Entry("protected", Shape(inside=HEADERS)),
        Entry("external_aad", PLAIN),
        Entry("payload", Shape(inside=Shape("in tag 24", inside=AUTHENTICATION))),
    ),
)
