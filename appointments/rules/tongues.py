"""Which language a text is written in, by its small words and letters; nothing where they do not tell."""

import re
from collections import defaultdict
from functools import cache

from prospecting.rules.languages import NAMES

# Words a sentence can hardly do without. One that several languages have counts for each of them, by so much less.
SMALL_WORDS = {
    "en": """the and you your with this it that not our from is are of to for we i be have has please if can would will
        my me at on but there thanks thank but do don't what who when so they them us in no yes how about up out just hi
        dear regards was were an a as by or been does did i'm we're it's i'll we'll here sorry off ok could should get
        nothing remove list sure sounds good works call send later next week back after any more tell over all only now then""",
    "de": """ich und nicht sie ist wir bitte für im auf bei der die das mir uns herr von sehr hat ihre ihr aber auch ein
        eine einen zu mich frau ihnen den dem noch haben sind bin kann mehr guten tag wenn habe kein keine nach nur dann
        wird aus ab an seit meine über nichts zum zur danke dank mit es in was wie schon wieder gerne gern hallo da doch
        als oder sich bis am vom mein unser unsere werden wurde würde nein nee mal ja geht gruß grüße schreiben sie's""",
    "fr": """est vous pas votre vos nous pour bonjour les une un ça avec à moi par notre nos dans suis plus merci sur au
        aux et des du de la le ne je j c n d l qu que qui mon ma mes ce cette ces sont être avons avez ai a été mais ou
        où si non oui bien chez même très en il elle on se y donc fait faire plutôt déjà rien cordialement monsieur
        madame bonsoir voici peut pouvez veuillez désolé""",
    "es": """el y las los su ya yo correo hola pero gracias eso puede hasta más qué que de la en un una por para con no
        es me mi se le nos lo si sí del al como cuando está están estoy tengo tiene hay muy también nuestro nuestra
        ustedes usted días buenos buenas saludos este esta soy somos favor ahora nada quién quien sin porque todo""",
    "it": """di è che non il sono io per ho ci mio mia più gli dal della del dei delle nel nella al alla questa questo
        buongiorno grazie siamo abbiamo ogni chi quello anche però niente si la le lo un una con da in mi vi ma se come
        ne sua suo nostro nostra vostro vostra salve ciao già dopo adesso senza cordiali saluti perché sto può fa hanno
        ha sì no essere cosa""",
    "pt": """não em é com mas meu minha quem ao até uma um só lhe isso pelo pela foi tem são do da dos das no na nos nas
        de que para por o os a as se eu nós você vocês seu sua obrigado obrigada bom boa dia olá já está estou estamos
        muito mais também aqui agora este esta ele ela me como quando nada sem ou temos fale cumprimentos sim vai nem""",
    "nl": """ik niet het een uw voor met maar dat geen mijn aan bij op heb wij we zijn mij ook heeft ons onze u dan
        geachte moet nog dit uit heer daar dus wat wel graag meer naar tot wordt beste hebben deze zelf hoe doen jullie
        van de en te is in er ze je hij zij die als nu al kan kunt kunnen worden niets dank bedankt groet groeten
        vriendelijke mevrouw door over of om nee ja""",
    "sv": """och är jag tack inte för att till vill inget över ändå sedan mig oss nej helt på det en ett som vi ni med av
        har den de du er men om så kan ska hej hälsningar från din vår vårt här när inga mycket eller gärna""",
    "da": """igen noget jeres vores efter af tak ingen jeg ikke er og det at til en et på med for vi har den de du som men
        så kan skal hej hilsen fra din mig os nej hvad meget eller gerne nu været blive af hvis venlig""",
    "nb": """dere takk å dette nå være får gang jeg ikke er og det at til en et på med for vi har den de du som men så kan
        skal hei hilsen fra din meg oss nei hva mye eller gjerne av hvis vennlig noe etter ingen""",
    "fi": """ole ei emme kiitos olen meillä mitään enää että vain eikä nyt ja sen jo on se en minä te me hei mutta kun jos
        niin tai ovat oli voi terveisin teille meidän tämä kuin ette olemme""",
    "pl": """nie proszę w się państwa mamy jest jestem już mnie z nas na do i że to za o dziękuję dziękujemy dzień dobry
        jak ale od po pan pani panie czy mam ma tak tym przez dla nam pozdrawiam są będzie""",
    "cs": """jsem už v prosím děkuji nás mě dobrý nám vám nic než ale na se je to že nemáme den s za si bych jsme a i o do
        pro nebo jako když není také který má vás""",
    "hu": """az a vagyunk nem és minden egy kérem ez hogy nincs ezt vagyok nekünk én is de már csak köszönöm köszönjük
        üdvözlettel jó napot meg ha van kell el fel után""",
    "ro": """și vă în cu nu mă pe mai rog să că care nici sunt ați suntem avem dumneavoastră pentru dar din noi de la un o
        este am mulțumesc bună ziua a fi se ne vom""",
    "tr": """bu için sonra daha yok yeni ve bir de da ile ne çok değil lütfen teşekkürler teşekkür ederim merhaba iyi ama
        bizim olarak var ben biz siz sizin kadar""",
    "uk": """не з на і у я ми нам в о ви а що ваш це до та як за дякую будь ласка добрий день вже мені є або але""",
    "bg": """не на и да се за в с от ще ви ние съм са но ли благодаря моля здравейте това или вече няма имаме""",
    "el": """το με μου σας δεν είναι και από την για τα να μας στο που ο η τις σε τη μη μόνο του τον ευχαριστώ""",
}  # fmt: skip
LETTERS = {
    "ß": "de", "ä": "de sv fi", "ü": "de hu tr", "ö": "de sv fi hu tr", "ñ": "es", "¿": "es", "¡": "es", "ã": "pt",
    "õ": "pt", "ê": "pt fr", "ò": "it", "ì": "it", "ù": "it fr", "è": "it fr", "œ": "fr", "î": "fr ro", "û": "fr",
    "ç": "fr pt tr", "å": "sv da nb", "æ": "da nb", "ø": "da nb", "ł": "pl", "ż": "pl", "ś": "pl", "ą": "pl", "ę": "pl",
    "ř": "cs", "ě": "cs", "ů": "cs", "ő": "hu", "ű": "hu", "ğ": "tr", "ı": "tr", "ş": "tr", "ă": "ro", "ș": "ro",
    "ț": "ro", "є": "uk", "ї": "uk", "ґ": "uk", "ъ": "bg", "щ": "bg uk",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_MACHINE = re.compile(r"\S*(?:@|://|www\.)\S*|(?m:^>.*$)")
_KANA, _HANGUL, _HAN = re.compile("[\u3040-\u30ff]"), re.compile("[\uac00-\ud7af]"), re.compile("[\u4e00-\u9fff]")
MOST = 3000
ENOUGH = 0.5  # of one word that no other language has
AHEAD = 1.25


@cache
def _counts_for() -> dict[str, tuple[tuple[str, float], ...]]:
    """Each small word with the languages it speaks for, and how loudly."""
    found: dict[str, list[str]] = defaultdict(list)
    for language, said in SMALL_WORDS.items():
        for word in dict.fromkeys(said.split()):
            found[word].append(language)
    return {word: tuple((one, 1 / len(them) ** 1.5) for one in them) for word, them in found.items()}


def of(text: str) -> str:
    """Two letters of the language a text is written in; empty where too little tells, or two are as likely."""
    text = _MACHINE.sub(" ", text[:MOST]).lower().replace("’", "'")
    script = _by_script(text)
    if script:
        return script
    scores = sorted(((score, language) for language, score in _scores(text).items()), reverse=True)
    if not scores or scores[0][0] < ENOUGH:
        return ""
    ahead = len(scores) == 1 or scores[0][0] >= AHEAD * scores[1][0]
    return scores[0][1] if ahead else ""


def _by_script(text: str) -> str:
    if _KANA.search(text):
        return "ja"
    if len(_HANGUL.findall(text)) > 1:
        return "ko"
    return "zh" if len(_HAN.findall(text)) > 1 else ""


def _scores(text: str) -> dict[str, float]:
    scores: dict[str, float] = defaultdict(float)
    known = _counts_for()
    for word in _WORD.findall(text):
        for language, loud in known.get(word) or _of_half(word, known):
            scores[language] += loud
    for letter in set(text) & set(LETTERS):
        them = LETTERS[letter].split()
        for language in them:
            scores[language] += 0.5 / len(them)
    return scores


def _of_half(word: str, known: dict[str, tuple[tuple[str, float], ...]]) -> tuple[tuple[str, float], ...]:
    """Of `we've` its end, of `l'offre` its beginning."""
    head, apostrophe, tail = word.partition("'")
    if not apostrophe:
        return ()
    return (("en", 1.0),) if tail in ("s", "t", "ve", "re", "ll", "m", "d") else known.get(head, ())


def name_of(code: str) -> str:
    return {"ko": "Korean"}.get(code) or NAMES.get(code, code)
