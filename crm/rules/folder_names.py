"""Which folders of a mailbox are read: by special use (RFC 6154), else by the names that servers and programs give them."""

INBOX, JUNK, SENT, ALL, OTHER = "inbox", "junk", "sent", "all", "other"

_NAMES = {
    JUNK: """junk|junk e-mail|junk email|junk mail|junk-e-mail|spam|spamverdacht|unerwünscht|bulk mail|bulk|courrier indésirable|indésirables|
        pourriel|correo no deseado|correo basura|no deseado|posta indesiderata|indesiderata|ongewenste e-mail|ongewenst|lixo eletrônico|
        lixo electrónico|skräppost|søppelpost|uønsket post|uønsket mail|roskaposti|niechciane|wiadomości-śmieci|nevyžádaná pošta|
        нежелательная почта|спам|迷惑メール|垃圾邮件|垃圾郵件|스팸""",
    SENT: """sent|sent items|sent mail|sent messages|sent-mail|gesendet|gesendete elemente|gesendete objekte|gesendete nachrichten|envoyés|
        éléments envoyés|messages envoyés|envoyes|enviados|elementos enviados|mensajes enviados|correo enviado|posta inviata|inviata|inviati|
        elementi inviati|verzonden|verzonden items|verzonden berichten|itens enviados|enviadas|mensagens enviadas|skickat|skickade|sendt|
        sendte elementer|sendt post|lähetetyt|wysłane|elementy wysłane|odeslané|odeslaná pošta|отправленные|送信済み|送信済みアイテム|已发送|
        已发送邮件|寄件備份|보낸편지함""",
    # Thrown away by a person, or not sent yet: nothing in these is a message that someone wrote to us.
    "": """trash|bin|deleted|deleted items|deleted messages|papierkorb|gelöscht|gelöschte elemente|gelöschte objekte|corbeille|
        éléments supprimés|papelera|elementos eliminados|cestino|posta eliminata|prullenbak|verwijderde items|lixeira|itens excluídos|
        papperskorg|borttaget|slettet post|slettede elementer|roskakori|kosz|elementy usunięte|koš|корзина|удаленные|ゴミ箱|已删除邮件|垃圾桶|휴지통|
        drafts|draft|entwürfe|brouillons|borradores|bozze|concepten|rascunhos|utkast|kladder|luonnokset|kopie robocze|szkice|koncepty|
        черновики|下書き|草稿|임시보관함|outbox|postausgang|boîte d'envoi|templates|vorlagen|modèles|notes|notizen|calendar|kalender|contacts|kontakte|
        tasks|aufgaben|journal|sync issues|synchronisierungsprobleme|conversation history""",
}
_ROLES = {name.strip(): role for role, names in _NAMES.items() for name in names.split("|")}
_USES = {
    "junk": JUNK,
    "spam": JUNK,
    "sent": SENT,
    "all": ALL,
    "trash": "",
    "drafts": "",
    "flagged": "",
    "important": "",
}


def role_of(name: str, uses: frozenset[str]) -> str:
    """What a folder is to us; empty: it is not read."""
    if name.upper() == "INBOX":
        return INBOX
    for use, role in _USES.items():
        if use in uses:
            return role
    *above, last = (part.strip().casefold() for part in name.replace("/", ".").split("."))
    thrown_away = any(_ROLES.get(part) == "" for part in above)
    return "" if thrown_away else _ROLES.get(last, OTHER)


def readable(folders: list[tuple[str, frozenset[str]]]) -> list[tuple[str, str]]:
    """(name, role) of the folders to read, the inbox first. Where one folder shows all mail, folders made by people add nothing."""
    found = [(name, role) for name, uses in folders if (role := role_of(name, uses))]
    if any(role == ALL for _, role in found):
        found = [(name, role) for name, role in found if role != OTHER]
    order = [INBOX, SENT, JUNK, ALL, OTHER]
    return sorted(found, key=lambda one: (order.index(one[1]), one[0]))
