"""Why a mail was refused: a word for it, told from the server's sentence first and its status code second (RFC 3463)."""

import re

from crm.rules.bounce_codes import of_provider, of_status
from crm.rules.bounce_stage import CONNECT, CONTENT, SENDER

HARD = frozenset({"userunknown", "hostunknown", "hasmoved", "notaccept"})

# The first that matches wins: sentences about the sender's side come before those about the mailbox,
# because servers wrap a policy refusal in "user unknown" codes more often than the other way round.
_SENTENCES: tuple[tuple[str, str], ...] = (
    ("policyviolation", r"illegal attachment|presents a potential|executable files?|security (?:issue|polic)|(?:local|organi[sz]ation\w*) polic|polic(?:y|ies) reasons?|low priority|mass mailer|organi[sz]ational settings|"
     r"closed (?:mailing )?list|members?-only|not subscribed to this group|by policy\b|anti-spoofing policy|content examination|host network,? not allowed|attachment (?:type|extension|name)"),
    ("rejected", r"from: domain is invalid|sending to/from an address that has been blacklisted|"
     r"not a registered gateway user|\bbatv\b|(?:null|empty) (?:envelope )?sender|is not allowed to send as|"
     r"(?:sender|from) (?:e-?mail )?(?:address|domain) (?:is )?(?:rejected|invalid|empty|does not exist|not verified)|bogus mail from"),
    ("contenterror", r"(?:duplicate|multiple|too many) '?[a-z-]{0,30}'? ?headers?\b|duplicate header|headers? (?:is |are )?too (?:large|long|big)|bare (?:lf|linefeed)"),
    ("requireptr", r"reverse dns|\bptr\b|ip name lookup failed|cannot resolve your (?:address|ip)|client host rejected: "
     r"cannot find your (?:reverse )?hostname|no rdns|rdns|mismatches client ip|unresolvable relay host|"
     r"does not resolve to a|unverif\w+ sending ip|forward dns|dns pointer record|rejected because of (?:dns|reverse)|"
     r"(?:ptr|rdns|pointer) records?|generic (?:ptr|reverse|dns)|hostname (?:mismatch|does not match)"),
    ("authfailure", r"\bdmarc\b|\bspf\b|\bdkim\b|sender policy framework|unauthenticated (?:email|mail)|sender is unauthenticated|"
     r"not authorized to send|authentication (?:checks? )?fail|both spf and dkim|is not allowed to send mail from|"
     r"does not have authentication information|fails to pass authentication|not pass(?:ed)? (?:the )?authentication|5\.7\.(?:2[0-4]|26|30|509|515)\b"),
    ("badreputation", r"low reputation|poor reputation|bad reputation|ip reputation|\[tss0[4-9]\]|due to unexpected volume or user complaints|"
     r"senderbase|suspicious due to the|reputation of the sending|block listed by reputation|reputation (?:problem|score|filter|block)|"
     r"(?:due to|because of) (?:its |the |your |a )?(?:\w+ )?reputation"),
    ("toomanyconn", r"too many (?:concurrent )?(?:smtp )?connection|connection (?:rate|frequency) limit|"
     r"connection limit exceeded|too many sessions|all available ips are busy|connections? refused: too many|too many (?:concurrent|simultaneous|open)|max(?:imum)? (?:number of )?connections|throttling failure|max emails per hour|too many errors from your|trop de connexions|too many recipients(?! this)|numerous attempts"),
    ("speeding", r"receiving mail (?:at|too) (?:a rate|quickly)|too many recipients this hour|"
     r"sending (?:rate|limit) (?:limit )?exceeded|rate that prevents|mail sent too fast|too many messages in short|excessive volume|frequency (?:limited|of receiving messages)|max(?:imum)? messages? per connection|unusual rate of (?:unsolicited )?mail|rate.?limit|throttl(?:ed|ing)|(?:hourly|daily) (?:sending |message )?(?:limit|quota)|sending too (?:fast|many)|too many (?:messages|emails|e-mails|mails)"),
    ("virusdetected", r"\bvirus|infected|\bmalware|trojan|\bclamav|worm (?:was )?found|potentially (?:dangerous|harmful) (?:content|attachment)|phishing"),
    ("spamdetected", r"\bspam(?! ?haus|cop|block)|unsolicited (?:bulk )?(?:e-?mail|message)|content filter|"
     r"\bcloudmark|bulk mail|junk mail|score of|rejected by (?:the )?filter|appears? to be unsolicited|considered (?:to be )?spam|"
     r"black ?listed (?:url|link|domain in)|\b[us]uribl\b|\b(?:uribl|surbl)\b|\bube\b|mail content denied|banned content|(?:looks|sounds) like (?:spam|junk|bulk)|bulk (?:e-?mail|message)|"
     r"spam(?:my)? (?:content|score|message|detect)|message (?:was |is |has been )?(?:classified|identified|detected|marked) as"),
    ("securityerror", r"unauthenticated senders not allowed|authentication (?:credentials )?(?:invalid|failure)|authentification (?:requise|invalide)|incorrect authentication data|submitter failed to|"
     r"requires? (?:encryption|tls|high-strength)|tls required|must issue a starttls|you must authenticate|not subscribed to ses|sendrawemail"),
    ("norelaying", r"not configured to relay|email address is not verified|invalid credentials for relay|not authorized to send e?-?mail directly|relay(?:ing)? (?:is )?(?:access )?(?:denied|prohibited)"),
    ("blocked", r"access from ip|black ?list|blocklist|block list|\brbl\b|\bdnsbl\b|spamhaus|spamcop|barracuda|(?<!relay )(?<!recipient address rejected: )access denied|"
     r"banned (?:sending|ip)|blocked (?:using|by|ip|for|mail from|in)|(?<!account )\bis blocked|client host (?:\[?[^ ]* )?(?:blocked|rejected)|"
     r"dynamic(?:ally)? (?:assigned )?(?:ip|address|zone)|your (?:ip|network|host|server|mail server)[^.]{0,40}(?:block|banned|reject|listed)|"
     r"temporarily (?:deferred due to|blocked)|helo command rejected|bad helo|closed for abuse|sender ip must resolve|"
     r"connection (?:refused|dropped|rejected) by (?:server|policy)|not accepting connections|invalid ip for sending|"
     r"use the smtp server of your isp|daily relay quota|ip address (?:is )?(?:block|black)|unacceptable for mail exchange|(?:deferred: )?connection refused by|open proxy|go away|spam-?ip\b|suspected (?:spam ip|bounce attack)|ip not in whitelist|helo/ehlo argument|(?:helo|ehlo)[^.]{0,40}(?:invalid|not allowed|rejected|denied)|"
     r"part of their network is on|ip temporarily|"
     r"(?:from|your) (?:ip|network|host)[^.]{0,60}(?:not (?:allowed|accepted|welcome)|refused|den(?:ied|y))|not (?:currently )?accepting mail from your|proofpoint\.com/dnsbl"),
    ("notcompliantrfc", r"missing a valid|no from: header|not rfc[ -]?\d* ?compliant|rfc ?\d{4}|multiple addresses in from|not rfc.?compliant|duplicate header|rfc-compliant"),
    ("mesgtoobig", r"(?:message|mail|size)[^.]{0,30}too (?:large|big)|exceeds? (?:the |its |a |our )?(?:fixed |maximum |max\.? )?"
     r"(?:message |mail )?size|message size (?:exceeds|limit|violation)|size limit|max message size|too big for|5\.3\.4\b|"
     r"messages? (?:is )?larger than|message (?:length|size) (?:is )?(?:more|over|above)|(?:nachricht|mail) (?:ist )?zu gro(?:ß|ss)|message trop volumineux"),
    ("mailboxfull", r"(?:mail ?box|mailfolder|folder|inbox|account|disk|user'?s?)[^.]{0,40}\b(?:full|over ?quota|exceeded|quota|disk space)|"
     r"over ?quota|quota (?:exceeded|exceed|violation|full)|exceeds? (?:its |the )?(?:mailbox )?quota|out of (?:storage|quota|disk)|"
     r"storage (?:space|quota|exceeded)|mailbox (?:size|space)|insufficient (?:mailbox )?storage|disk quota|quotaexceeded|"
     r"boite du destinataire pleine|5\.2\.2\b|4\.2\.2\b|\bfull mailbox|user is over|mail ?box (?:is )?full|user mailbox exceeds|mailboxfull|too much mail data|space has been used up|not enough (?:storage )?space|user has too many messages|exceeded storage allocation|"
     r"(?:buz[oó]n|casilla|cuenta|bo[iî]te|casella|caixa|postfach|postbus|mailbox|briefkasten|skrzynka|inkorg|postkasse|postilaatikko)[^.]{0,40}"
     r"(?:llen[oa]|plein[e]?|piena|cheia|voll\b|vol\b|pełna|full\b|täynnä|fuld)|mailbox lleno|(?:speicherplatz|quota) (?:ist )?(?:überschritten|erschöpft|superad[ao])|"
     r"переполнен|容量|已满|已滿|いっぱい"),
    ("systemfull", r"insufficient (?:disk|system) (?:space|storage)|mail system full|requested mail action aborted: exceeded storage"),
    ("norelaying", r"relay(?:ing)? (?:access )?(?:denied|prohibited|not permitted|not allowed|forbidden)|unable to relay|"
     r"not (?:allowed|permitted) to relay|we do not relay|relaying denied|refused to relay|no relaying|relay operation rejected|"
     r"isn'?t in my control/locals|that domain isn'?t in my list|relay not|insecure mail relay|mail server requires authentication|allowed rcpthosts"),
    ("hasmoved", r"recipient (?:has moved|no longer on server)|address (?:has )?changed|has been (?:moved|replaced)|5\.1\.6\b"),
    ("filtered", r"each of the following recipients was rejected by a remote mail server|refused due to recipient preferences|blocked by the recipient|"
     r"mail is rejected by recipient|rejected by (?:the )?recipient\b(?! domain)|personal block|envelope blocked - user|(?:recipient|user|mailbox|account)[^.]{0,30}only accept(?:s|ing)? (?:mail|messages|e-?mail)|is not accepting (?:any )?(?:mail|messages)|not accepting mail from|"
     r"resolver\.rst\.notauthorized|has restricted|user reject|cannot route mail to user|extended inactivity|address(?:es)? (?:has|have) previously bounced|bounced address"),
    ("suspend", r"(?:account|mailbox|user|address|recipient|domain)[^.]{0,50}\b(?:suspended|disabled|inactive|deactivated|frozen|"
     r"unavailable temporarily|locked|expired|dormant|deprecated)|(?:suspended|disabled|inactive|inactivated) (?:account|mailbox|user|due)|"
     r"invalid/inactive user|email account that you tried to reach is (?:disabled|inactive)|recipient suspend|mail ?box currently suspended|"
     r"vdelivermail: account is locked|account is (?:b)?locked|compte du destinataire est bloque|casilla ha expirado|(?:account|mailbox) (?:has been |is )?(?:closed|discontinued|archived|terminated|on hold)|currently suspended"),
    ("notaccept", r"does not accept (?:mail|email|any mail)|null ?mx|name server: \.: host not found|mx or srv record indicated no smtp service|inbounds disabled|\bno mx (?:record )?(?:was )?found|no smtp service here|smtp protocol .* not (?:allowed|accept)|"
     r"doesn'?t accept|host does not receive mail|server does not accept mail|mail receiving disabled"),
    ("hostunknown", r"host (?:or domain name )?(?:unknown|not found(?!,? try again)|lookup did not)|domain[^.]{0,60}(?:does not exist|not found|n'existe|couldn'?t be found|invalid)|"
     r"(?<!user )unknown (?:mail )?(?:host|domain)|no such (?:domain|host)|unrouteable (?:mail )?domain|nxdomain|bad (?:destination|recipient) host|"
     r"couldn'?t find (?:any |an? )?(?:host|mail exchanger)|name or service not known|no (?:valid )?mail (?:server|exchanger)s? for|5\.1\.2\b|"
     r"cannot be resolved|unrouteable address|all (?:host address lookups failed permanently|relevant mx records point to non-existent)|no host by that name|host is unknown|domain is not reachable|dns server returned answer with no data|no such domain|dns lookup failure: host .{1,80} not found|^553 \S+ does not exist"),
    ("rejected", r"from: domain is invalid|\[tss04\] messages from .{1,40} deferred due to unexpected|email address is not verified"),
    ("userunknown", r"(?:user|recipient|mailbox|mail box|address|account|alias|addressee|utilisateur|destinataire)[^.]{0,50}"
     r"\b(?:unknown|does ?n[o']t (?:exist|have)|not (?:found|exist|known|listed|recognized|local|our customer|active)|invalid|inconnu|invalide|"
     r"no longer (?:exists?|valid|available|works)|undeliverable|nicht gefunden)|(?:unknown|invalid|no such|bad|non-?existent|nonexistant) "
     r"(?:local |e-?mail |virtual |destination )?(?:user|recipient|address|mailbox|account|part|person|alias)|doesn'?t have a[n]? .{1,60}account|no mailbox (?:here|by that)|"
     r"mailbox (?:unavailable|not available|not found)|recipnotfound|recipientnotfound|not listed in (?:public )?(?:name|domino|directory)|"
     r"did(?:n'?t| not) match (?:any|a) |we don'?t (?:handle|have) (?:mail|a )|no account by that name|is not a (?:known|valid) user|"
     r"mismatched recipient|there is no one at this|couldn'?t be found|wasn'?t found|not a valid mailbox|invalid final delivery userid|5\.1\.1\b|5\.1\.10\b|5\.1\.351\b|"
     r"e-?mail address (?:could not|couldn)|user not|見つかりません|ありません|не существует|not accepting mail for|does not like recipient|"
     r"this address no longer accepts|this user doesn|no valid recipients|not a registered|address is invalid|invalid address|"
     r"unknown (?:or illegal )?(?:user|recipient|alias|local[- ]part|address|account|mailbox|addressee)|user[^.]{0,20} unknown|inactive e-?mail address|(?:user|recipient|mailbox) (?:is )?inactive|"
     r"recipient address rejected: (?:access denied|undeliverable|unverified|invalid|unknown|user)|is not an? (?:valid|active|known|existing)|no longer (?:with|works|employed|in use|here)|"
     r"(?:destinatari[oa]|usuari[oa]|utente|utilizador|buz[oó]n|cuenta|casilla|casella|indirizzo|direcci[oó]n|endere[cç]o|adresse?|benutzer|empf[aä]nger|postfach|gebruiker|mottagare\w*|användare\w*|bruger\w*|bruker\w*|"
     r"użytkownik\w*|adres\w*|ad[reè]ss\w*)[^.]{0,50}(?:desconocid|desconhecid|sconosciut|inconnu|inexist|inesist|no existe|n[aã]o existe|non esiste|unbekannt|existiert nicht|nicht bekannt|nicht vorhanden|onbekend|bestaat niet|"
     r"n'existe pas|nieznan|nie istnieje|finns inte|okänd|findes ikke|ukendt|finnes ikke|ukjent|neexistuje|invalid[ao]?\b)|неизвестен|не найден|存在しません|不存在|无此用户|존재하지"),
    ("mailererror", r"^x-unix; ?\d+$|\bprocmail: |bin/(?:procmail|maildrop)|command died with status|\bexit \d+\b|mailer error|pipe to \|/"),
    ("systemerror", r"\bldap\b|several matches found in|duplicated message-id|delivery to (?:file|pipe) forbidden|local delivery failed|unable to process (?:connection|command|an email)|message ended early|bad interpreter|no mdb|service currently unavailable|i/o error|internal (?:server )?error|(?:aliasing|forwarding) loop|would create a mail loop|"
     r"loops? back to (?:myself|itself)|remote server is misconfigured|mail system configuration|queue file write|server configuration|"
     r"\bsystem config(?:uration)? error|interrupted system call|local (?:error|problem) in processing|not enough memory"),
    ("networkerror", r"message exceeded \d+ hops|mail loop detected|wasn't able to establish an smtp connection|couldn't find a mail exchanger|best-preference mx|host name lookup failure|name server: |dns query failed|host not found, try again|malformed (?:or unexpected )?name server reply|no route to host|"
     r"network is unreachable|host is unreachable|unrouteable mail domain|unable to resolve route|network error|message (?:is )?looping|mail forwarding loop"),
    ("expired", r"delivery time expired|(?:message|retry|delivery|queue|connection|operation)[^.]{0,40}(?:expired|timed? ?out|timeout)|could not be delivered for|"
     r"too long (?:on|in) the queue|retry time(?:out)? (?:not reached|exceeded)|has not (?:yet )?been (?:delivered|collected)|undeliverable for|"
     r"i'm not going to try again|giving up|will keep trying|still being|delivery delayed|timed out|"
     r"host unreachable|not been able to deliver|queued for|was deferred|messages? (?:is )?delayed|host not reachable|could not contact dns servers|did not accept our requests to connect|delivery failed \d+ attempts|could not find a gateway|could not be (?:reached|contacted)|was not reachable|not respond|will be (?:re)?tried|envelope expired|not delivered within|failing for a long time|socket error|4\.4\.[17]\b"),
    ("networkerror", r"lost connection|dns (?:query|lookup|server)|name (?:service|server) (?:error|failure|reply)|mail (?:forwarding )?loop|"
     r"too many hops|hop count|connection (?:broken|reset|lost|closed)|network error|loops? back|routing loop|unable to connect|"
     r"mx (?:record|list)[^.]{0,40}(?:loop|points? to)|wasn't able to establish an smtp connection|exceeded maximum hop"),
    ("onhold", r"on hold|held for|awaiting moderat|quarantin"),
)  # fmt: skip
# Sentences that say little: a status code that says more wins over them.
_VAGUE_SENTENCES: tuple[tuple[str, str], ...] = (
    ("policyviolation", r"polic(?:y|ies)|violat|not (?:allowed|permitted) (?:by|due)|disallowed|you have been blocked by the recipient|"
     r"prohibited|header (?:error|.* is missing)|attachment|administrative(?:ly)? prohibit|sensitive"),
    ("securityerror", r"\btls\b|starttls|encryption|ssl|certificate|authentication (?:required|turned)|must (?:first )?(?:issue|authenticate)|"
     r"sorry, that .*auth|not authenticated|security|5\.7\.0\b|5\.7\.10\b"),
    ("contenterror", r"\b(?:content|mime|body)\b|line too long|bare lf|improper use of 8-bit|8-?bit|5\.6\.\d|message (?:is )?malformed|\bformat\b"),
    ("rejected", r"sender (?:address |domain |verify |is )?(?:rejected|denied|blocked|fail|invalid|not)|domain of sender|(?:bad|invalid|unknown) sender|"
     r"from address|mail from|reject|denied|not a member|may not have permission|refused|not allowed|deny|backscatter|groups?\.google\.com|groups-noreply|5\.1\.[78]\b"),
    ("exceedlimit", r"(?:exceed|too many)[^.]{0,40}(?:recipients|limit)|limit exceeded|5\.2\.3\b"),
    ("systemerror", r"system (?:error|problem|config)|local (?:error|configuration)|server (?:error|misconfig|configuration)|service (?:not|un)available|"
     r"temporar(?:y|ily)|internal (?:server )?error|can'?t create|misconfigured|unexpected|resources? (?:temporarily )?unavailable|i/o error|5\.3\.[05]\b"),
    ("mailererror", r"\bpipe\b|procmail|exit(?:ed)? (?:status|with|code)|unknown mailer|command (?:died|output|failed)|x-unix|child process|returned \d+"),
    ("syntaxerror", r"syntax|malformed|command (?:parameter )?(?:not|un)(?:recogni|implemented| implemented)|bad sequence|not implemented|\b50[0-7] "),
    ("filtered", r"filter|due to extended inactivity|not accept messages from|restricted|only accept|receiver's|recipient'?s? (?:rule|setting)|"
     r"550 5\.2\.[01]|rejected by recipient"),
)  # fmt: skip
_RULES = tuple((reason, re.compile(pattern)) for reason, pattern in _SENTENCES)
_VAGUE_RULES = tuple((reason, re.compile(pattern)) for reason, pattern in _VAGUE_SENTENCES)
_VAGUE = frozenset({"", "systemerror", "rejected", "policyviolation", "filtered", "contenterror"})
_VAGUE_CODES = frozenset({"policyviolation", "securityerror", "systemerror", "mailererror", "rejected"})
# What a refusal of the connection or of the sender cannot tell about the recipient.
_OF_RECIPIENT = frozenset({"userunknown", "hostunknown", "notaccept", "hasmoved", "filtered", "suspend"})
_OF_CONNECTION = frozenset({"", "rejected", "syntaxerror", "expired", "systemerror", "hostunknown", "policyviolation"})
_FULL = frozenset({"4.2.2", "5.2.2"})
_SENDERS_ADDRESS = frozenset({"5.1.7", "5.1.8", "4.1.8"})
_ADDRESS_STATUS = re.compile(r"(?<![\d.])[45]\.1\.(?:1|3|6|10|351)(?![\d.])")
_PROOF = re.compile(r"(?<![\d.])[45]\.(?:1\.(?:1|3|6|10|351)|2\.1|5\.0)(?![\d.])")
# Yahoo looks for the mailbox only once it has the text, and says so plainly.
_LATE_BUT_SURE = re.compile(r"this user doesn't have an? \S{1,80} account|resolver\.adr\.")
_REPLY = re.compile(r"(?<![\d.\-])55[0-4](?![\d.])")
_HOST_CODE = re.compile(r"(?<![\d.\-])(?:521|556)(?![\d.])")
# Directories that were asked themselves.
_PLAIN_WORDS = re.compile(
    r"msexch:.{0,80}unknown|unknown recipient|not listed in|ありません|見つかりません|存在しません|no mailbox here|unknown local|"
    r"user not found|invalid final delivery userid|recipientnotfound|не существует"
)


def reason_for(sentence: str, status: str, action: str = "", stage: str = "") -> str:
    """The word for a refusal: ``undefined`` when nothing was said, ``onhold`` when it cannot be told from the words."""
    text = " ".join(sentence.lower().split())[:4000]
    if status in _SENDERS_ADDRESS:
        return "rejected"
    found = of_provider(text) or ("mailboxfull" if status in _FULL else "")
    if found:
        return found
    said = _said(text, status)
    found = _at_stage(said, stage, status, text)
    # Whoever is still trying has not found out that the address is no good (RFC 3464 §2.3.3).
    if action == "delayed" and (not found or is_hard(said)):
        return "expired"
    return found or ("onhold" if text else "undefined")


def _said(text: str, status: str) -> str:
    """What the words say, or the code where they say little."""
    found = next((reason for reason, rule in _RULES if rule.search(text)), "")
    if found:
        return found
    found = next((reason for reason, rule in _VAGUE_RULES if rule.search(text)), "")
    code = of_status(status)
    if found in _VAGUE and code and (not found or code not in _VAGUE_CODES):
        return code
    return found or ("notaccept" if _HOST_CODE.search(text) else "")  # RFC 7504


def _unproven(text: str, status: str) -> bool:
    """Words alone, from a program that gives neither code nor command: too little to give an address up for good."""
    plain = _LATE_BUT_SURE.search(text) and _REPLY.search(text)
    return not (plain or _PROOF.search(f"{status} {text}") or _PLAIN_WORDS.search(text))


def _at_stage(found: str, stage: str, status: str, text: str) -> str:
    """The word corrected by what the server had seen when it refused."""
    if found == "userunknown" and not stage and _unproven(text, status):
        return "filtered"
    if stage == CONNECT and found in _OF_CONNECTION:
        return "blocked"
    if stage == SENDER and (found in _OF_RECIPIENT or not found):
        return "rejected"
    if stage == CONTENT and found == "hostunknown":
        return "rejected"
    # Whoever took the recipient and refuses only after the text knows the address: it was the content.
    if (
        stage == CONTENT
        and found == "userunknown"
        and not _ADDRESS_STATUS.match(status)
        and not _LATE_BUT_SURE.search(text)
    ):
        return "filtered"
    return found


def is_hard(reason: str) -> bool:
    """True when the address itself is no good, so no further mail to it can arrive."""
    return reason in HARD
