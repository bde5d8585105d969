"""What someone wrote just now, apart from their signature and what they quote; linear in the length of the message."""

import re
from dataclasses import dataclass

from crm.rules.html import to_text

_MAX = 1_000_000
_MAX_INTRO_LINES = 5
_MAX_HEAD = 600  # characters; a longer line introduces nothing
_MAX_SECOND_HEADS = 12
_MAX_ANSWER_LINES = 2500


@dataclass(frozen=True, slots=True)
class Newest:
    """The parts of a message; each may be empty."""

    newest: str
    signature: str
    quoted: str


_WROTE = (
    r"wrote|writes|a écrit|schrieb|geschreven|schreef|ha scritto|scrisse|escribi[oó]|escreveu|написал(?:\(а\)|а)?|пишет|пише|написав|"
    r"napisał(?:\(a\)|a)?|napsal(?:\(a\)|a)?|skrev|kirjoitti|írta|a scris|yazdı|έγραψε|写道|寫道|のメール|said|replied|님이 작성|geschrieben|כתב|כתבה|napísal|"
    r"viết|escrigué|ha escrito|escreveu|va escriure|skrifaði|rašė|rakstīja|kirjutas|je napisal|je napisao|bu iletiyi yazdı|schreef het volgende|kirjutas|pisze"
)
# An introduction is one sentence with a date or an address that ends in "wrote:".
_INTRO_END = re.compile(rf"(?i)(?:\b|[^\W\d])(?:{_WROTE})[\w \t,()]{{0,20}}\s?[:：]?[\s\-]*$")
_WROTE_INSIDE = re.compile(rf"(?i)\b(?:{_WROTE})\b")
_INTRO_DATED = re.compile(
    r"(?i)^[\W_]{0,6}(?:on|le|am|el|il|em|op|den|dnia|w dniu|dne|fr[aå]n|på|på|ven|in data|pada|no dia|vào|ma|ke|su|pe|la|to|ti|"
    r"\d{1,4}[./\-年 ]|\w{2,12}\.?,? \d{1,2}|"
    r"mon|tue|wed|thu|fri|sat|sun|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|пн|вт|ср|чт|пт|сб|вс)"
)
_ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{2,255}")
_DATE_LINE = re.compile(
    r"(?i)(?:\d{1,2}:\d{2}|\d{4}[-/.年]\s?\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\b(?:19|20)\d\d\b)"
)
_BARE_INTRO = re.compile(r"^(?:[^<>]{0,200}\d[^<>]{0,200})?<?[^\s<>@]{1,64}@[^\s<>@]{2,255}>?>?\s?:$")
# An address, or an address in brackets, and a colon: the verb stands before it in Dutch, German and Polish.
_ADDRESS_LAST = re.compile(r"<\s?[^\s<>@]{1,64}@[^\s<>@]{2,255}\s?>\)?\s?:$")
_INTRO_TAIL = re.compile(r"^>\s?(?::|wrote|schrieb|escribió|a écrit)")
_FROM_ON = re.compile(r"(?i)^\w+,? \d{1,2} \w+ \d{4}.{0,60} from .{1,200}@.{1,200}:$")
_SEPARATOR = re.compile(
    r"(?i)^[\W_]{0,4}[-_*=]{2,}\W*(?:original(?:[ -](?:message|appointment|nachricht|email|e-mail))?|"
    r"(?:ursprüngliche|weitergeleitete) (?:nachricht|e-?mail)|original(?:meddelande|bericht|e-post|melding)|"
    r"messaggio originale|messaggio inoltrato|message (?:d'origine|d’origine|original|transféré|initial)|mensaje (?:original|reenviado)|"
    r"mensagem (?:original|encaminhada)|oorspronkelijk bericht|doorgestuurd bericht|wiadomość (?:oryginalna|przekazana)|oryginalna wiadomość|"
    r"исходное сообщение|пересылаемое сообщение|пересланное сообщение|oprindelig (?:meddelelse|besked)|opprinnelig melding|ursprungligt meddelande|"
    r"alkuperäinen viesti|původní zpráva|pôvodná správa|eredeti üzenet|původní e-mail|orijinal (?:ileti|mesaj)|özgün ileti|"
    r"αρχικό μήνυμα|προωθημένο μήνυμα|原始邮件|原始郵件|邮件原件|轉寄郵件|转发的邮件|元のメッセージ|転送メッセージ|원본 메시지|mesaj original|forwarded message|begin forwarded message|"
    r"reply (?:message|above this line)|reply above|message transmis|vidarebefordrat meddelande|videresendt melding|"
    r"välitetty viesti|original message follows|urspr\. nachricht).{0,60}$"
)
_PLAIN_SEPARATOR = re.compile(
    r"(?i)^\W{0,3}(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-mail)|début du message (?:réexpédié|transféré)|"
    r"inicio del mensaje reenviado|inizio messaggio inoltrato|forwarded message|ursprüngliche nachricht|original message|message d'origine|"
    r"vidarebefordrat brev|message du ?:.{0,80}|(?:please )?(?:reply|write) (?:above|ABOVE) this line.{0,60}|vanaf mijn .{0,40} bericht)\s*:?\W{0,4}$"
)
_LINE = re.compile(r"^\s*[_\-=*]{3,}\s*$")
_HEADER = re.compile(
    r"(?i)^[>*_\s|]{0,6}(from|sent|to|cc|date|subject|reply-to|importance|attachments|von|gesendet|an|betreff|datum|kopie|de|envoyé|à|objet|copie à|"
    r"date d'envoi|para|enviado(?: el)?|fecha|asunto|assunto|data|cc|enviada(?: em)?|da|inviato|oggetto|a|van|verzonden(?: op)?|aan|onderwerp|"
    r"från|skickat|till|ämne|datum|fra|sendt|til|emne|dato|lähettäjä|lähetetty|vastaanottaja|aihe|päiväys|päivä|od|wysłano|do|temat|wysłane|data|odesláno|"
    r"komu|předmět|feladó|elküldve|címzett|tárgy|küldve|dátum|από|στάλθηκε|εστάλη|προς|θέμα|ημερομηνία|от|отправлено|кому|тема|дата|копия|kimden|gönderildi|gönderme tarihi|kime|konu|tarih|"
    r"发件人|发送时间|收件人|主题|抄送|日期|寄件者|寄件人|收件者|主旨|傳送時間|日期|差出人|送信日時|送信者|宛先|件名|日時|보낸 사람|보낸사람|보낸 날짜|보낸날짜|받는 사람|받는사람|제목|날짜|trimis|către|subiect|de la|"
    r"pošiljatelj|poslano|za|predmet|від|надіслано|кому|saatja|kuupäev|saaja|teema)\s?\*{0,2}\s?[:：]\*{0,2}(.{0,500})$"
)
_FROM = frozenset(
    "from von de da van från fra lähettäjä od feladó από от kimden 发件人 寄件者 寄件人 差出人 送信者 від saatja pošiljatelj".split()
) | {"보낸 사람", "보낸사람", "de la"}
_WHEN = frozenset(
    "sent date gesendet datum envoyé enviado enviada fecha data inviato verzonden skickat sendt dato lähetetty päiväys päivä wysłano "
    "wysłane odesláno elküldve küldve dátum στάλθηκε εστάλη ημερομηνία отправлено дата gönderildi tarih 发送时间 日期 傳送時間 送信日時 日時 "
    "날짜 trimis poslano надіслано kuupäev".split()
) | {"date d'envoi", "enviado el", "enviada em", "verzonden op", "gönderme tarihi", "보낸 날짜", "보낸날짜"}
_DELIMITER = re.compile(r"^\s*(?:--|—|–|-- |--\xa0|__|___|\*\*|#--)\s*$|^-- ?\w.{0,60}$")
_SENT_FROM = re.compile(
    r"(?i)^\W{0,4}(?:sent (?:from|via|by|with|using)|from my (?:iphone|ipad|phone|mobile|android)|get outlook for|get \[outlook|envoyé (?:depuis|de|à partir)|"
    r"von (?:meinem|unterwegs)|gesendet (?:von|mit)|diese nachricht wurde von meinem|enviado (?:desde|do|de)|enviada do|inviato (?:da|dal)|"
    r"verzonden (?:met|vanaf|via)|verstuurd vanaf|skickat från|sendt fra|lähetetty|wysłan[eoy] z|отправлено (?:с|из)|iphoneから送信|從我的|从我的|发自我的|"
    r"iphone'?(?:umdan|dan) gönderildi|odesláno z|iphone에서|télécharger outlook|outlook für|obter o outlook|ottieni outlook|hanki outlook|obtenir outlook|"
    r"obtener outlook|downloaden? outlook|hämta outlook|pobierz|trimis de pe|надіслано з|poslano z|someone from mobile|<<sent|\(sent).{0,160}$"
)
_SENT_NOT = re.compile(
    r"(?i)^sent (?:from|via|by|with|using) (?:my )?(?:desk|home|office|the|a |an |our|there|here|what|where)\b|\bis\b.*\bthan\b"
)
_CLOSING = re.compile(
    r"(?i)^\W{0,2}(?:(?:kind|best|warm|many|with (?:kind|best|warm)|warmest)(?:est)? (?:regards|wishes)|regards|best|cheers|yours (?:sincerely|truly|faithfully)|sincerely(?: yours)?|"
    r"(?:mit )?(?:freundlichen?|besten?|vielen?|lieben?|herzlichen?|schönen?|viele|beste|liebe|freundliche|schöne|herzliche) (?:grüßen?|grüssen?|gruß|gruss)|mfg|lg|vg|"
    r"(?:bien )?(?:cordialement|à vous|amicalement)|(?:bien|très) cordialement|salutations.{0,30}|(?:un )?(?:cordial|saludos?)(?: cordiales| saludo)?|saludos(?: cordiales)?|atentamente|"
    r"(?:cordiali|distinti) saluti|saluti|(?:met )?(?:vriendelijke|hartelijke) groet(?:en)?|groet(?:en|jes)?|"
    r"med (?:vänliga?|venlig|vennlig|vänlig) (?:hälsning(?:ar)?|hilsen)|(?:vänliga )?hälsningar|mvh|(?:venlig |vennlig )?hilsen|ystävällisin terveisin|terveisin|"
    r"(?:z )?pozdr(?:awiam|owieniami|owienia|avem)|z poważaniem|с уважением|s pozdravem|üdvözlettel|tisztelettel|saygılar(?:ımla|ımızla)?|atenciosamente|att\.?|"
    r"abraços?|cumprimentos|com os melhores cumprimentos|cu stimă|με εκτίμηση|よろしくお願い(?:いた)?します.?|此致|祝好|감사합니다)\s*[,.!;]{0,2}$"
)
_DISCLAIMER = re.compile(
    r"(?i)^\W{0,4}(?:this (?:e-?mail|message|communication)(?: and any| is| may|,? including).{0,80}(?:confidential|intended|attach|privileg)|"
    r"confidentiality (?:notice|note)|disclaimer\b|diese e-?mail (?:enthält|kann)|ce (?:message|courriel).{0,60}confidentiel|"
    r"the information (?:contained )?in this (?:e-?mail|message)|please consider the environment|registered (?:office|in)|"
    r"caution:? (?:this email|external)|\[?external(?: email| sender)?\]?:?)"
)
_CUT_IN_HTML = re.compile(
    r"(?i)<(?:div|span|blockquote|table|hr|p)\b[^>]{0,600}?(?:class|id|name|data-marker)\s*=\s*[\"']?(?:gmail_quote\b|gmail_extra\b|yahoo_quoted|ydp\w{0,12}yahoo_quoted|"
    r"moz-cite-prefix|divrplyfwdmsg|x_divrplyfwdmsg|appendonsend|olk_src_body_section|stopspelling|protonmail_quote|zmail_extra|mail-editor-reference|"
    r"tutanota_quote|cite_quote|quoted-content|msooutlookreply|replysplit|__quoted_text__|isforwardcontent|wrappermsg|ecxgmail_quote|hmquote)"
)
_OUTLOOK_BORDER = re.compile(
    r"(?i)<div[^>]{0,200}style=[\"'][^\"'>]{0,200}border:\s*none;\s*border-top:\s*solid\s+#?\w{1,8}\s+1\.0pt"
)
_MARK = "-----Original Message-----"


def newest_text(text: str, html: str = "") -> Newest:
    """Split a message body. ``newest`` keeps quoted lines only where answers stand between them."""
    body = text if text.strip() else _from_html(html)
    lines = [line.rstrip() for line in body[:_MAX].replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept, quoted = _without_quotes(lines)
    own, signature = _without_signature(kept)
    return Newest(_joined(own), _joined(signature), _joined(quoted))


def _from_html(html: str) -> str:
    marked = _CUT_IN_HTML.sub(lambda found: f"<p>{_MARK}</p>{found[0]}", html[: 2 * _MAX])
    return to_text(_OUTLOOK_BORDER.sub(lambda found: f"<p>{_MARK}</p>{found[0]}", marked))


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n").rstrip()


def _without_quotes(lines: list[str]) -> tuple[list[str], list[str]]:
    """Lines of the writer and lines that are quoted."""
    at = 0
    while at < min(len(lines), _MAX_ANSWER_LINES):
        length = _quote_head(lines, at)
        if length == 0 and _quoted(lines[at]):
            return _after_quote(lines, at, at)
        if length:
            return _after_quote(lines, at, at + length)
        at += 1
    return lines, []


def _after_quote(lines: list[str], start: int, body: int) -> tuple[list[str], list[str]]:
    """Decide what follows the head of a quote: only the quote, or answers between or under its lines."""
    first = next((i for i in range(body, len(lines)) if lines[i].strip()), len(lines))
    marked = first < len(lines) and _quoted(lines[first])
    if not marked:
        return lines[:start], lines[start:]
    answers = _answers(lines, first)
    if not answers:
        return lines[:start], lines[start:]
    last = min(answers[-1] + 1, _cut_after(lines, answers[0]))
    if not _anything(lines[:start]) and not any(_quoted(line) for line in lines[answers[0] : last]):
        return lines[answers[0] : last], lines[: answers[0]] + lines[last:]
    return lines[:start] + lines[first:last], lines[start:first] + lines[last:]


def _cut_after(lines: list[str], start: int) -> int:
    """Where a second, whole quote begins after the answers."""
    heads = 0
    for at in range(start, min(len(lines), start + _MAX_ANSWER_LINES)):
        length = 0 if _quoted(lines[at]) else _quote_head(lines, at)
        if length:
            heads += 1
            if heads > _MAX_SECOND_HEADS:
                return at
            first = next((i for i in range(at + length, len(lines)) if lines[i].strip()), len(lines))
            if first == len(lines) or not _quoted(lines[first]) or not _answers(lines, first):
                return at
    return len(lines)


def _answers(lines: list[str], start: int) -> list[int]:
    """Lines below ``start`` that are neither quoted, wrapped from a quote, nor a signature or second quote."""
    found: list[int] = []
    at = start
    while at < len(lines) and len(found) < _MAX_ANSWER_LINES:
        line = lines[at]
        if _DELIMITER.match(line) or _is_sent_from(line):
            break
        if line.strip() and not _quoted(line):
            head = _quote_head(lines, at)
            wrapped = at > start and _quoted(lines[at - 1]) and _is_wrap(lines, at)
            if head:
                at += head
                continue
            if not wrapped:
                found.append(at)
        at += 1
    return found


def _is_wrap(lines: list[str], at: int) -> bool:
    """A quoted line too long for its client leaves its tail unmarked: it is short or goes on in the middle of a sentence."""
    before, line = lines[at - 1], lines[at]
    follows = at + 1 < len(lines) and _quoted(lines[at + 1])
    goes_on = line[0].islower() and before[-1] not in ".!?:" and len(line) < 80
    return follows and len(before) > 60 and (len(line) < 40 or goes_on)


def _quoted(line: str) -> bool:
    return line.lstrip(" \t\ufeff\u200b").startswith((">", "|>", "&gt;", "| ")) or line == "|"


def _anything(lines: list[str]) -> bool:
    return any(line.strip() for line in lines)


def _quote_head(lines: list[str], at: int) -> int:
    """How many lines at ``at`` introduce a quote; 0 when they do not."""
    line = lines[at].strip()
    if not line or line[0] == ">" or len(line) > _MAX_HEAD:
        return 0
    if _SEPARATOR.match(line) or _PLAIN_SEPARATOR.match(line):
        return 1
    if _LINE.match(line):
        following = next((i for i in range(at + 1, min(at + 4, len(lines))) if lines[i].strip()), 0)
        if following and not _LINE.match(lines[following]):
            head = _quote_head(lines, following)
            return following - at + head if head else 0
        return 0
    if _header_block(lines, at):
        return 1
    return _intro(lines, at)


def _header_block(lines: list[str], at: int) -> bool:
    """``From: … Sent: … To: …`` as mail programs write it above what they quote."""
    head = _HEADER.match(lines[at])
    if not head or not (head[2].strip() or at + 1 < len(lines)):
        return False
    names = {head[1].lower()}
    others = 0
    for line in lines[at + 1 : at + 9]:
        field = _HEADER.match(line)
        if field:
            names.add(field[1].lower())
        elif not line.strip():
            others += 1
            if others > 4:
                break
        else:
            others += 1
            if others > 3:
                break
    return (len(names) >= 3 and bool(names & _FROM)) or (len(names) >= 4) or _short_block(lines, at, head)


def _short_block(lines: list[str], at: int, head: re.Match[str]) -> bool:
    """Of a line or two only, set apart from the text above: who wrote, and when; or who wrote, over marked lines."""
    if head[1].lower() not in _FROM or not head[2].strip() or at == 0 or at + 1 >= len(lines):
        return False
    if lines[at - 1].strip() and not _LINE.match(lines[at - 1].strip()):
        return False
    if _quoted(lines[at + 1]):
        return True
    second = _HEADER.match(lines[at + 1])
    if not second or second[1].lower() == head[1].lower():
        return False
    if at + 2 < len(lines) and (_quoted(lines[at + 2]) or (_ADDRESS.search(head[2]) and not lines[at + 2].strip())):
        return True
    return second[1].lower() in _WHEN and bool(_DATE_LINE.search(second[2]))


def _intro(lines: list[str], at: int) -> int:
    """``On Tue, 3 March, Ada wrote:`` over up to five lines."""
    first = lines[at].strip()
    dated = _INTRO_DATED.match(first) and _DATE_LINE.search(first)
    if not (dated or _ADDRESS.search(first) or _INTRO_END.search(first)):
        return 0
    joined = ""
    for used, raw in enumerate(lines[at : at + _MAX_INTRO_LINES]):
        line = raw.strip()
        goes_on = line or _opens_address(lines, at + used)
        if used and (not goes_on or (line[:1] == ">" and not _INTRO_TAIL.match(line))):
            return 0
        joined = f"{joined} {line}".strip()
        if len(joined) > _MAX_HEAD:
            return 0
        if _is_intro(joined, lines, at + used + 1):
            return used + 1
    return 0


def _opens_address(lines: list[str], at: int) -> bool:
    """An empty line inside an introduction: its address follows on a line of its own."""
    return at + 1 < len(lines) and lines[at + 1].strip().startswith("<")


def _is_intro(sentence: str, lines: list[str], after: int) -> bool:
    if sentence[-1] == ":" and _FROM_ON.match(sentence):
        return True
    if sentence[-1] == ":" and _BARE_INTRO.match(sentence):
        return _DATE_LINE.search(sentence) is not None or _next_is_quoted(lines, after)
    dated, addressed = bool(_DATE_LINE.search(sentence)), bool(_ADDRESS.search(sentence))
    if (
        dated
        and addressed
        and (_ADDRESS_LAST.search(sentence) or (sentence[-1] == ">" and _next_is_quoted(lines, after)))
    ):
        return True
    # The verb stands before the name in German and Dutch, before the time in Hungarian.
    if dated and sentence[-1] == ":" and _next_is_quoted(lines, after) and _WROTE_INSIDE.search(sentence):
        return True
    if not _INTRO_END.search(sentence):
        return False
    if sentence[-1] not in ":：" and not _next_is_quoted(lines, after) and not _ADDRESS.search(sentence):
        return False
    return dated or addressed or (len(sentence) < 80 and _next_is_quoted(lines, after))


def _next_is_quoted(lines: list[str], at: int) -> bool:
    following = next((one for one in lines[at : at + 3] if one.strip()), "")
    return _quoted(following) and not _INTRO_TAIL.match(following.strip())


def _without_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    """The text and the signature below it."""
    end = len(lines)
    left = _filled_below(lines)
    for at, line in enumerate(lines):
        if left[at] <= 25 and _DELIMITER.match(line):
            end = at
            break
        if left[at] <= 30 and _is_sent_from(line) and _block_below(lines, at):
            end = at
            break
        if len(line) < 5000 and left[at] < left[0] and _DISCLAIMER.match(line):
            end = at
            break
    end = _closing(lines, end)
    return lines[:end], lines[end:]


def _filled_below(lines: list[str]) -> list[int]:
    """For each line, how many lines from it on say anything."""
    counts, count = [0] * len(lines), 0
    for at in range(len(lines) - 1, -1, -1):
        count += bool(lines[at].strip())
        counts[at] = count
    return counts


def _block_below(lines: list[str], at: int) -> bool:
    """True when all that follows ``Sent from …`` is short: names, numbers, more such lines."""
    return all(len(line) < 120 for line in lines[at:])


def _is_sent_from(line: str) -> bool:
    return len(line) < 160 and bool(_SENT_FROM.match(line)) and not _SENT_NOT.search(line.strip())


def _closing(lines: list[str], end: int) -> int:
    """Where ``Kind regards,`` and the name under it begin, if nothing but a name block follows."""
    filled = [at for at in range(end) if lines[at].strip()][-12:]
    for at in filled:
        if len(lines[at]) < 90 and _CLOSING.match(lines[at].strip()) and _anything(lines[:at]):
            below = [lines[i] for i in filled if i > at]
            if all(len(line) < 90 and not line.strip().endswith("?") for line in below):
                return at
    return end
