"""What the numbers of a refusal mean: enhanced status codes (RFC 3463, 5248, 7372, 7505) and those of large providers."""

import re

# Subject and detail; the class (4 or 5) says how long it lasts, not why.
_DETAIL = {
    "1.0": "rejected", "1.1": "userunknown", "1.2": "hostunknown", "1.3": "userunknown", "1.4": "filtered",
    "1.6": "hasmoved", "1.7": "rejected", "1.8": "rejected", "1.9": "systemerror", "1.10": "notaccept",
    "1.351": "userunknown", "2.0": "filtered", "2.1": "filtered", "2.2": "mailboxfull", "2.3": "exceedlimit",
    "2.4": "filtered", "2.121": "speeding", "2.122": "speeding", "3.0": "systemerror", "3.1": "systemfull",
    "3.2": "notaccept", "3.3": "systemerror", "3.4": "mesgtoobig", "3.5": "systemerror", "4.0": "networkerror",
    "4.1": "expired", "4.2": "networkerror", "4.3": "systemerror", "4.4": "hostunknown", "4.5": "systemfull",
    "4.6": "networkerror", "4.7": "expired", "4.14": "networkerror", "4.300": "expired", "4.310": "hostunknown",
    "4.312": "networkerror", "4.316": "expired", "4.317": "securityerror", "5.0": "mailererror", "5.2": "syntaxerror",
    "5.3": "toomanyconn", "5.4": "syntaxerror", "6.0": "contenterror", "6.1": "contenterror", "6.2": "contenterror",
    "6.3": "contenterror", "6.5": "contenterror", "6.9": "contenterror", "7.0": "securityerror",
    "7.1": "policyviolation", "7.2": "filtered", "7.5": "securityerror", "7.7": "contenterror", "7.9": "securityerror",
    "7.13": "suspend", "7.17": "hasmoved", "7.20": "authfailure", "7.21": "authfailure", "7.22": "authfailure",
    "7.23": "authfailure", "7.24": "authfailure", "7.25": "requireptr", "7.26": "authfailure", "7.27": "notaccept",
    "7.28": "speeding", "7.30": "authfailure", "7.57": "securityerror", "7.64": "norelaying", "7.124": "rejected",
    "7.133": "rejected", "7.134": "rejected", "7.136": "rejected", "7.501": "spamdetected", "7.502": "spamdetected",
    "7.503": "spamdetected", "7.506": "blocked", "7.507": "blocked", "7.509": "authfailure", "7.510": "blocked",
    "7.511": "blocked", "7.513": "blocked", "7.515": "authfailure", "7.650": "badreputation", "7.705": "badreputation",
    "7.708": "badreputation", "7.750": "badreputation",
}  # fmt: skip
_SUBJECT = {"6": "contenterror", "7": "securityerror"}
# Microsoft bars addresses of the sending side under 5.7.606 to 649.
_BARRED = range(606, 650)

# Codes that providers print in the sentence and explain on a page of their own: Orange and La Poste (OFR, LPN),
# GoDaddy (IB), Spectrum (AUP# and a number), Cox (AUP# and letters), Facebook (three letters and a number), i.ua (its address).
# KDDI names the address only where it does not exist.
_PROVIDERS = (
    ("blocked", r"(?:ofr|lpn|ouk)\w{0,3}_(?:10[123]|510|999)\b|\bib1(?:0[456]|1[0-3])\b|aup#\w{0,3}-?(?:1000|12[0-5]0)\b|aup#(?:cxbl|cdrbl|ipbl)|\.i\.ua/err/(?:7|9)\b"),
    ("toomanyconn", r"(?:ofr|lpn|ouk)\w{0,3}_104\b|\bib(?:605|007)\b|aup#\w{0,3}-?13[0-4]0\b|aup#cx(?:cnct|mxrt)|\bcon-t3\b|\.i\.ua/err/5\b"),
    ("speeding", r"\bib(?:101|504|510|607)\b|aup#\w{0,3}-?(?:13[5-9]0|14\d0|15[458]0)\b"),
    ("userunknown", r"(?:ofr|lpn|ouk)\w{0,3}_(?:416|418)\b|\blpn416\b|\b(?:rcp-p1|int-p[134])\b|\.i\.ua/err/2\b|@(?:\w{1,40}\.)?(?:ezweb\.ne\.jp|au\.com)>: user unknown"),
    ("mailboxfull", r"(?:ofr|lpn|ouk)\w{0,3}_417\b|\.i\.ua/err/4\b"),
    ("filtered", r"\brcp-p[23]\b|\.i\.ua/err/10\b|550 : user unknown"),
    ("norelaying", r"\.i\.ua/err/(?:1|6)\b"),
    ("suspend", r"(?:ofr|lpn|ouk)\w{0,3}_(?:420|426)\b|\brcp-t4\b|\.i\.ua/err/3\b"),
    ("spamdetected", r"(?:ofr|lpn|ouk)\w{0,3}_506\b|\bib212\b|aup#urlbl"),
    ("virusdetected", r"\bib705\b"),
    ("authfailure", r"(?:ofr|lpn|ouk)\w{0,3}_(?:401|517)\b|\bib508\b|aup#cxsndr"),
    ("securityerror", r"(?:ofr|lpn|ouk)\w{0,3}_(?:305|402)\b|\bib401\b|aup#cx(?:thrt|mj)"),
    ("rejected", r"(?:ofr|lpn|ouk)\w{0,3}_(?:403|405|415|421)\b|\bib506\b|aup#\w{0,3}-?(?:10[1-8]0|15[02]0)\b|aup#cxsmtp|\bdns-[pt][123]\b|\.i\.ua/err/8\b"),
    ("requireptr", r"\bib108\b|aup#\w{0,3}-?11[0-5]0\b|aup#cxdns"),
    ("policyviolation", r"aup#\w{0,3}-?(?:11[6-9]0|1560)\b|(?:ofr|lpn|ouk)\w{0,3}_630\b"),
    ("badreputation", r"\bib103\b"),
    ("notcompliantrfc", r"\bib50[12]\b"),
    ("mesgtoobig", r"(?:ofr|lpn|ouk)\w{0,3}_514\b|\b(?:msg-p1|int-p2)\b|aup#\w{0,3}-?1530\b"),
    ("systemerror", r"(?:ofr|lpn|ouk)\w{0,3}_505\b|aup#\w{0,3}-?1090\b"),
)  # fmt: skip
_RULES = tuple((reason, re.compile(pattern)) for reason, pattern in _PROVIDERS)


def of_status(status: str) -> str:
    """The word for an enhanced status code; empty when it says nothing certain."""
    _, _, rest = status.partition(".")
    subject, _, detail = rest.partition(".")
    if subject == "7" and detail.isdigit() and int(detail) in _BARRED:
        return "blocked"
    return _DETAIL.get(rest) or _SUBJECT.get(subject, "")


def of_provider(text: str) -> str:
    """The word for a provider's own code in a sentence (lower case)."""
    return next((reason for reason, rule in _RULES if rule.search(text)), "")
