"""Why a mail was refused: a word for it, told from the server's sentence first and its status code second (RFC 3463)."""

import re

HARD = frozenset({"userunknown", "hostunknown", "hasmoved", "notaccept"})

# The first that matches wins: sentences about the sender's side come before those about the mailbox,
# because servers wrap a policy refusal in "user unknown" codes more often than the other way round.
_SENTENCES: tuple[tuple[str, str], ...] = (
    ("requireptr", r"reverse dns|\bptr\b|ip name lookup failed|cannot resolve your (?:address|ip)|client host rejected: "
     r"cannot find your (?:reverse )?hostname|no rdns|rdns|mismatches client ip|unresolvable relay host|"
     r"does not resolve to a|unverif\w+ sending ip|forward dns|dns pointer record|rejected because of (?:dns|reverse)"),
    ("authfailure", r"\bdmarc\b|\bspf\b|\bdkim\b|sender policy framework|unauthenticated (?:email|mail|sender)|"
     r"not authorized to send|authentication (?:checks? )?fail|both spf and dkim|is not allowed to send mail from|"
     r"5\.7\.(?:2[0-4]|26|30|509|515)\b"),
    ("badreputation", r"low reputation|poor reputation|bad reputation|ip reputation|\[tss0[49]\]|"
     r"senderbase|suspicious due to the|reputation of the sending|block listed by reputation"),
    ("toomanyconn", r"too many (?:concurrent )?(?:smtp )?connection|connection (?:rate|frequency) limit|"
     r"connection limit exceeded|too many sessions|all available ips are busy|connections? refused: too many"),
    ("speeding", r"receiving mail (?:at|too) (?:a rate|quickly)|too many recipients this hour|"
     r"sending (?:rate|limit) (?:limit )?exceeded|rate that prevents|mail sent too fast|too many messages in short"),
    ("virusdetected", r"\bvirus|infected|\bmalware|trojan|\bclamav|worm (?:was )?found"),
    ("spamdetected", r"\bspam(?! ?haus|cop|block)|unsolicited (?:bulk )?(?:e-?mail|message)|content filter|"
     r"\bcloudmark|bulk mail|junk mail|score of|rejected by (?:the )?filter|appears? to be unsolicited|considered (?:to be )?spam"),
    ("blocked", r"black ?list|blocklist|block list|\brbl\b|\bdnsbl\b|spamhaus|spamcop|barracuda|(?<!relay )access denied|"
     r"banned (?:sending|ip)|blocked (?:using|by|ip|for|mail from|in)|(?<!account )\bis blocked|client host (?:\[?[^ ]* )?(?:blocked|rejected)|"
     r"dynamic(?:ally)? (?:assigned )?(?:ip|address|zone)|your (?:ip|network|host|server|mail server)[^.]{0,40}(?:block|banned|reject|listed)|"
     r"temporarily (?:deferred due to|blocked)|helo command rejected|bad helo|closed for abuse|sender ip must resolve|"
     r"connection (?:refused|dropped|rejected) by (?:server|policy)|not accepting connections|invalid ip for sending|"
     r"use the smtp server of your isp|daily relay quota|ip address (?:is )?(?:block|black)|unacceptable for mail exchange"),
    ("notcompliantrfc", r"rfc ?\d{4}|multiple addresses in from|not rfc.?compliant|duplicate header|rfc-compliant"),
    ("mesgtoobig", r"(?:message|mail|size|header)[^.]{0,30}too (?:large|big)|exceeds? (?:the |its |a |our )?(?:fixed |maximum |max\.? )?"
     r"(?:message |mail )?size|message size (?:exceeds|limit|violation)|size limit|max message size|too big for|5\.3\.4\b|"
     r"messages? (?:is )?larger than"),
    ("mailboxfull", r"(?:mail ?box|mailfolder|folder|inbox|account|disk|user'?s?)[^.]{0,40}\b(?:full|over ?quota|exceeded|quota|disk space)|"
     r"over ?quota|quota (?:exceeded|exceed|violation|full)|exceeds? (?:its |the )?(?:mailbox )?quota|out of (?:storage|quota|disk)|"
     r"storage (?:space|quota|exceeded)|mailbox (?:size|space)|insufficient (?:mailbox )?storage|disk quota|quotaexceeded|"
     r"boite du destinataire pleine|5\.2\.2\b|4\.2\.2\b|\bfull mailbox|user is over"),
    ("systemfull", r"insufficient (?:disk|system) (?:space|storage)|mail system full|requested mail action aborted: exceeded storage"),
    ("norelaying", r"relay(?:ing)? (?:access )?(?:denied|prohibited|not permitted|not allowed|forbidden)|unable to relay|"
     r"not (?:allowed|permitted) to relay|we do not relay|relaying denied|refused to relay|no relaying|relay operation rejected|"
     r"isn'?t in my control/locals|that domain isn'?t in my list|relay not|insecure mail relay|mail server requires authentication"),
    ("hasmoved", r"recipient (?:has moved|no longer on server)|address (?:has )?changed|has been (?:moved|replaced)|5\.1\.6\b"),
    ("suspend", r"(?:account|mailbox|user|address|recipient|domain)[^.]{0,50}\b(?:suspended|disabled|inactive|deactivated|frozen|"
     r"unavailable temporarily|locked|expired|dormant|deprecated)|(?:suspended|disabled|inactive|inactivated) (?:account|mailbox|user|due)|"
     r"invalid/inactive user|email account that you tried to reach is (?:disabled|inactive)|recipient suspend|mail ?box currently suspended|"
     r"vdelivermail: account is locked|account is (?:b)?locked|compte du destinataire est bloque"),
    ("notaccept", r"does not accept (?:mail|email|any mail)|null ?mx|no smtp service here|smtp protocol .* not (?:allowed|accept)|"
     r"doesn'?t accept|host does not receive mail|server does not accept mail|mail receiving disabled"),
    ("hostunknown", r"host (?:or domain name )?(?:unknown|not found|lookup did not)|domain[^.]{0,60}(?:does not exist|not found|n'existe|couldn'?t be found|invalid)|"
     r"(?<!user )unknown (?:mail )?(?:host|domain)|no such (?:domain|host)|unrouteable (?:mail )?domain|nxdomain|bad (?:destination|recipient) host|"
     r"couldn'?t find (?:any )?host|name or service not known|no (?:valid )?mail (?:server|exchanger)s? for|5\.1\.2\b|"
     r"cannot be resolved|host is unknown|domain is not reachable|no such domain|dns lookup failure: host .{1,80} not found|^553 \S+ does not exist"),
    ("rejected", r"from: domain is invalid|\[tss04\] messages from .{1,40} deferred due to unexpected|email address is not verified"),
    ("userunknown", r"(?:user|recipient|mailbox|mail box|address|account|alias|addressee|utilisateur|destinataire)[^.]{0,50}"
     r"\b(?:unknown|does ?n[o']t (?:exist|have)|not (?:found|exist|known|listed|recognized|local|our customer|active)|invalid|inconnu|invalide|"
     r"no longer (?:exists?|valid|available|works)|undeliverable|nicht gefunden)|(?:unknown|invalid|no such|bad|non-?existent|nonexistant) "
     r"(?:local |e-?mail |virtual |destination )?(?:user|recipient|address|mailbox|account|part|person|alias)|doesn'?t have a[n]? .{1,60}account|no mailbox (?:here|by that)|"
     r"mailbox (?:unavailable|not available|not found)|recipnotfound|recipientnotfound|not listed in (?:public )?(?:name|domino|directory)|"
     r"did(?:n'?t| not) match (?:any|a) |we don'?t (?:handle|have) (?:mail|a )|no account by that name|unrouteable address|is not a (?:known|valid) user|"
     r"mismatched recipient|there is no one at this|couldn'?t be found|wasn'?t found|not a valid mailbox|5\.1\.1\b|5\.1\.10\b|5\.1\.351\b|"
     r"e-?mail address (?:could not|couldn)|user not|見つかりません|ありません|не существует|not accepting mail for|does not like recipient|"
     r"this address no longer accepts|this user doesn|no valid recipients|not a registered|address is invalid|invalid address"),
    ("expired", r"delivery time expired|(?:message|retry|delivery|queue|connection|operation)[^.]{0,40}(?:expired|timed? ?out|timeout)|could not be delivered for|"
     r"too long (?:on|in) the queue|retry time(?:out)? (?:not reached|exceeded)|has not (?:yet )?been (?:delivered|collected)|undeliverable for|"
     r"i'm not going to try again|giving up|will keep trying|still being|delivery delayed|timed out|no route to host|network is unreachable|"
     r"host unreachable|not been able to deliver|queued for|was deferred|messages? (?:is )?delayed|will be (?:re)?tried|envelope expired|not delivered within|failing for a long time|socket error|4\.4\.[17]\b"),
    ("networkerror", r"lost connection|dns (?:query|lookup|server)|name (?:service|server) (?:error|failure|reply)|mail (?:forwarding )?loop|"
     r"too many hops|hop count|connection (?:broken|reset|lost|closed)|network error|loops? back|routing loop|unable to connect|"
     r"mx (?:record|list)[^.]{0,40}(?:loop|points? to)|wasn't able to establish an smtp connection|exceeded maximum hop"),
    ("onhold", r"on hold|held for|awaiting moderat|quarantin"),
    ("policyviolation", r"polic(?:y|ies)|violat|not (?:allowed|permitted) (?:by|due)|disallowed|you have been blocked by the recipient|"
     r"prohibited|header (?:error|.* is missing)|attachment|administrative(?:ly)? prohibit|sensitive"),
    ("securityerror", r"\btls\b|starttls|encryption|ssl|certificate|authentication (?:required|turned)|must (?:first )?(?:issue|authenticate)|"
     r"sorry, that .*auth|not authenticated|security|5\.7\.0\b|5\.7\.10\b"),
    ("contenterror", r"content|mime|body|line too long|bare lf|improper use of 8-bit|8-?bit|5\.6\.\d|message (?:is )?malformed|\bformat\b"),
    ("rejected", r"sender (?:address |domain |verify |is )?(?:rejected|denied|blocked|fail|invalid|not)|domain of sender|(?:bad|invalid|unknown) sender|"
     r"from address|mail from|reject|denied|not a member|may not have permission|refused|not allowed|deny|backscatter|groups?\.google\.com|groups-noreply|5\.1\.[78]\b"),
    ("exceedlimit", r"(?:exceed|too many)[^.]{0,40}(?:recipients|limit)|limit exceeded|5\.2\.3\b"),
    ("systemerror", r"system (?:error|problem|config)|local (?:error|configuration)|server (?:error|misconfig|configuration)|service (?:not|un)available|"
     r"temporar(?:y|ily)|internal (?:server )?error|can'?t create|misconfigured|unexpected|resources? (?:temporarily )?unavailable|i/o error|5\.3\.[05]\b"),
    ("mailererror", r"\bpipe\b|procmail|exit(?:ed)? (?:status|with|code)|unknown mailer|command (?:died|output|failed)|x-unix|child process|returned \d+"),
    ("syntaxerror", r"syntax|malformed|command (?:parameter )?(?:not|un)(?:recogni|implemented| implemented)|bad sequence|not implemented|50[0-4] "),
    ("filtered", r"filter|due to extended inactivity|not accept messages from|restricted|only accept|receiver's|recipient'?s? (?:rule|setting)|"
     r"550 5\.2\.[01]|rejected by recipient"),
)  # fmt: skip
# Whoever took the recipient and refuses only after the text knows the address: it was the content.
_AFTER_DATA = re.compile(r"(?:to|at|after|for|in) (?:the )?(?:end of )?(?:data|text)(?: command)?\b|>>> data\s")
_RULES = tuple((reason, re.compile(pattern)) for reason, pattern in _SENTENCES)

_STATUS = {
    "1.0": "rejected", "1.1": "userunknown", "1.2": "hostunknown", "1.3": "userunknown", "1.4": "filtered",
    "1.6": "hasmoved", "1.7": "rejected", "1.8": "rejected", "1.10": "notaccept", "1.351": "userunknown",
    "2.0": "filtered", "2.1": "filtered", "2.2": "mailboxfull", "2.3": "exceedlimit", "2.4": "filtered",
    "3.0": "systemerror", "3.1": "systemfull", "3.2": "notaccept", "3.3": "systemerror", "3.4": "mesgtoobig",
    "3.5": "systemerror", "4.0": "networkerror", "4.1": "expired", "4.2": "networkerror", "4.3": "systemerror",
    "4.4": "hostunknown", "4.5": "systemfull", "4.6": "networkerror", "4.7": "expired", "4.316": "expired",
    "5.0": "mailererror", "5.2": "syntaxerror", "5.3": "toomanyconn", "5.4": "syntaxerror",
    "6.0": "contenterror", "6.1": "contenterror", "6.2": "contenterror", "6.3": "contenterror", "6.5": "contenterror",
    "6.9": "contenterror", "7.0": "securityerror", "7.1": "policyviolation", "7.2": "filtered", "7.5": "securityerror",
    "7.7": "contenterror", "7.9": "securityerror", "7.25": "requireptr", "7.26": "authfailure", "7.27": "notaccept",
    "7.13": "suspend", "7.17": "hasmoved",
}  # fmt: skip


def reason_for(sentence: str, status: str, action: str = "") -> str:
    """The word for a refusal; ``undefined`` when neither sentence nor status says."""
    text = " ".join(sentence.lower().split())[:4000]
    if status in {"5.1.7", "5.1.8", "4.1.8"}:
        return "rejected"  # it is the sender's address that was not liked
    found = "userunknown" if re.search(r"\b5\.4\.1\b.{0,60}recipient address rejected: access denied", text) else ""
    found = found or next((reason for reason, rule in _RULES if rule.search(text)), "")
    by_status = _STATUS.get(status.split(".", 1)[-1], "")
    if found == "userunknown" and _AFTER_DATA.search(text):
        return "filtered"
    if found in {"", "systemerror", "rejected", "policyviolation", "filtered", "contenterror"} and by_status:
        specific = by_status not in {"policyviolation", "securityerror", "systemerror", "mailererror", "rejected"}
        found = by_status if specific or not found else found
    if not found and action == "delayed":
        return "expired"
    return found or "undefined"


def is_hard(reason: str) -> bool:
    """True when the address itself is no good, so no further mail to it can arrive."""
    return reason in HARD
