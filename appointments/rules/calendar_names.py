"""How twenty-one languages name days, months, spans and their parts, by the letter that stands for each kind of word."""

import unicodedata


class _Plain(dict[int, str]):
    """Lower case without accents, one character for one, so that spans stay true; scripts of the east stay whole."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        east = "\u3040" <= letter <= "\u30ff" or "\uac00" <= letter <= "\ud7a3"
        plain = letter if east else (unicodedata.normalize("NFKD", letter)[0].lower() or letter)[0]
        self[code] = SPECIAL.get(letter) or SPECIAL.get(plain) or plain
        return self[code]


SPECIAL = {
    "’": "'", "‘": "'", "ß": "s", "\u00a0": " ", "\u202f": " ", "ł": "l", "ø": "o", "æ": "a", "ı": "i", "đ": "d",
    "ς": "σ", "º": "º", "ª": "º", "°": "º", "–": "-", "—": "-", "‑": "-", "→": ">",
}  # fmt: skip
_plain = _Plain()


def plain(text: str) -> str:
    return text.translate(_plain)


# A star stands for any ending. Folded when read: accents may be written or not.
MONTHS = """
january jan januar janvier janv enero ene januari gennaio genn janeiro janner janner jaenner ianuarie januar* tammikuu* styczen styczn*
 leden ledna lednu ledne ocak ocakta січ* ιανουαρι*
february feb febr februar fevrier fevr febrero februari febbraio fevereiro feber februarie februar* helmikuu* luty lutego lutym unor* subat* лют*
 φεβρουαρι* helmi
march marz mars marzo maart marco maerz martie marcius* maaliskuu* marzec marca marcu brezen brezn* mart martta березень березня березні березн* μαρτι*
april apr avril abril aprile abr aprilie aprilis* huhtikuu* kwieci* kwietn* duben dubn* nisan nisanda квітень квітн* απριλι*
may mai mayo mei maggio maio maj majus* toukokuu* maja maju kveten kvetn* mayis* травень травн* μαιοσ μαιου μαιο magg
june jun juni juin junio giugno junho iunie junius* kesakuu* czerwiec czerwca czerwcu cerven cervna cervnu haziran* червень червн* ιουνι* giu
july jul juli juillet juil julio luglio julho iulie julius* heinakuu* lipiec lipca lipcu cervenec cervenc* temmuz* липень липн* ιουλι* lug
august aug aout agosto augustus augusti augusztus* elokuu* sierpien sierpn* srpen srpn* agustos* серпень серпн* αυγουστ* ago
september sept sep septembre septiembre settembre setembro setiembre septembrie szeptember* syyskuu* wrzesien wrzesn* zari eylul* вересень вересн*
 σεπτεμβρι* set
october oct okt oktober octobre octubre ottobre outubro octombrie lokakuu* pazdziern* rijen rijna rijnu ekim ekimde жовтень жовтн* οκτωβρι* ott out
november nov novembre noviembre novembro noiembrie november* marraskuu* listopad* kasim kasimda листопад* νοεμβρι*
december dec dez dezember decembre diciembre dicembre dezembro decembrie dic desember december* joulukuu* grudzien grudn* prosinec prosinc* aralik*
 грудень грудн* δεκεμβρι*
"""
WEEKDAYS = """
monday mondy montag montags lundi lunes maandag lunedi segunda segunda-feira mandag maanantai* poniedzial* pondeli* hetfo* pazartesi luni понеділ* δευτερα
tuesday tues dienstag mardi martes dinsdag martedi terca terca-feira tisdag tirsdag tiistai* wtor* uter* kedd kedden sali marti вівтор* τριτη
wednesday weds wednesdy mittwoch mercredi miercoles woensdag mercoledi quarta quarta-feira onsdag keskiviik* srod* stred* szerd* carsamba miercuri
 серед* τεταρτη
thursday thurs donnerstag jeudi jueves donderdag giovedi quinta quinta-feira torsdag torstai* czwart* ctvrtek ctvrtk* csutortok* persembe joi четвер*
 πεμπτη
friday freitag vendredi viernes vrijdag venerdi sexta sexta-feira fredag perjantai* piatek piatk* patek patku pentek* cuma vineri п'ятниц* παρασκευη
saturday samstag sonnabend samedi sabado zaterdag sabato lordag lauantai* sobot* szombat* cumartesi sambata субот* σαββατο
sunday sonntag dimanche domingo zondag domenica sondag sunnuntai* niedziel* nedel* vasarnap* pazar duminica неділ* κυριακη
"""
# Short or doubtful forms: names of months and days only beside a number, a preposition or their like.
DOUBTFUL_MONTHS = "may mar march mars mart marco marz set out ago ott jan dec dez dic jun jul maj mai mei abr ene magg agosto lug giu sept maja cerven"
DOUBTFUL_WEEKDAYS = """
mon mo lun lu ma maa seg po pn пн δευ
tue di mar dien din ti tir ter wt ut вт τρ
wed mi mer mie mit woe wo ons ke qua st sr ср τετ
thu thur do jeu jue don gio tor to qui czw ct чт πεμ
fri fr ven vie vr vri vrij fre pe sex pt pa пт παρ
sat sa sam sab za zat lor la sob so сб
sun so dim dom zo zon son su ne nd нд
"""
NUMBERS = """
one ein eine einem einer einen un une uno una een um uma en ett et egy bir jeden jednu yksi один
two zwei deux dos twee due dois duas tva to kaksi kahden dwa dwoch dva dvou ket ketto iki doua две два couple paar
three drei trois tres drie tre kolme kolmen trzy trzech tri harom uc trei три τρεισ
four vier quatre cuatro quattro quatro fyra fire nelja neljan cztery ctyri negy dort patru чотири
five funf cinq cinco vijf cinque fem viisi viiden piec pet ot bes cinci п'ять
six sechs seis zes sei sex seks kuusi kuuden szesc sest hat alti sase шість
seven sieben sept siete zeven sette sete sju syv siedem sedm het yedi sapte
eight acht huit ocho otto oito atta otte osiem osm nyolc sekiz opt
nine neun neuf nueve negen nove nio ni dziewiec devet kilenc dokuz noua
ten zehn dix diez tien dieci dez tio ti dziesiec deset tiz on zece
eleven elf onze once undici onze elva
twelve zwolf douze doce twaalf dodici doze tolv tolf kaksitoista dwanascie dvanact
"""
MORE_NUMBERS = {"fortnight": 14, "dozen": 12, "twenty": 20, "thirty": 30, "sixty": 60, "ninety": 90, "fifteen": 15,
                "quinze": 15, "quindici": 15, "quince": 15, "vierzehn": 14, "veertien": 14, "fourteen": 14, "eighteen": 18,
                "achtzehn": 18, "achttien": 18}  # fmt: skip
ORDINALS = """
first erste ersten erster premier premiere primer primera primero eerste prima primo primeira primeiro forsta forste pierwsz* prvni elso ilk birinci
 prima перш* πρωτ*
second zweite zweiten deuxieme seconde segunda segundo tweede seconda secondo andra anden andre drugi* druha druhe masodik ikinci doua друг*
third dritte dritten troisieme tercer tercera tercero derde terza terzo terceira terceiro tredje trzeci* treti tret* harmadik ucuncu treia трет*
fourth vierte vierten quatrieme cuarto cuarta vierde quarto quarta fjarde fjerde czwarty* ctvrte negyedik dorduncu четверт*
fifth funfte funften
sixth sechste sechsten
seventh siebte siebten
eighth achte achten
ninth neunte neunten
tenth zehnte zehnten
eleventh elfte elften
twelfth zwolfte zwolften
thirteenth dreizehnte dreizehnten
fourteenth vierzehnte vierzehnten
fifteenth funfzehnte funfzehnten
sixteenth
seventeenth
eighteenth
nineteenth
twentieth zwanzigste zwanzigsten
"""
UNITS = {
    "d": "day days tag tage tagen jour jours dia dias dag dagen dage dager dagar giorno giorni paiva* dni dny gun zile днів дні ημερ*",
    "k": "week weeks wk wks woche wochen semaine semaines semana semanas weken settimana settimane vecka veckan veckor uge uger ugen uke uker uken "
    "viikko* viikon viikol* tydzien tygod* tyden tydn* hafta* saptaman* тижд* тижн* εβδομαδ* quincena",
    "n": "month months mth mths monat monate monaten monats mois mes meses maand maanden mese mesi manad manaden manader maned maneden maneder "
    "kuukau* kuuta miesiac* miesie* mesic* honap* ayda aydan луна lunile місяц* μηνα* μηνεσ",
    "q": "quarter quarters quartal quartale quartals trimestre trimestres trimestru kwartaal kvartal kvartalet kvartaali* neljannes* kwartal* ctvrtleti "
    "negyedev* ceyrek квартал* τριμηνο*",
    "y": "year years jahr jahre jahren jahres jahresanfang annee annees ano anos jaar jaren anno anni ans aret vuosi vuoden vuonna vuotta rok roku roce lata lat "
    "yil yilin yila evben evtol рік року році χρονο* ετοσ ετουσ anul an exercice ejercicio esercizio boekjaar",
}
NEXT = """
next coming following nachst* kommend* prochain prochaine prochains proximo proxima volgend* komend* prossimo prossima nasta naste kommande neste
 ensi seuraava* przyszl* nastepn* pristi dalsi jovo kovetkez* gelecek onumuzdeki viitoare viitor urmatoar* наступн* επομεν* upcoming
"""
LATER = "prochaine prochain proximo proxima prossimo prossima viitoare viitor entrante siguiente qv"
IN = """
in within dans en over binnen tra fra em om za peste через σε dentro circa after nach apres na dopo depois despues etter efter po
"""
LATER_ON = "later spater weiter later plus sonra mulva paasta kuluttua senare senere after"
TODAY = "today heute aujourd'hui hoy vandaag oggi hoje idag dzisiaj dzis dnes bugun azi сьогодні tanaan σημερα heut heid stasera tonight vanavond stamattina ce-soir"
TOMORROW = "tomorrow tomoz tmrw tmw tomo demain domani domattina amanha imorgen jutro zitra holnap yarin maine завтра αυριο huomenna morra"
MORGEN = "morgen manana imorgon"
OVERMORROW = "ubermorgen overmorgen overmorrow apres-demain dopodomani pojutrze pozitri poimaine післязавтра holnaputan ylihuomenna"
OF = """
of de di d del della des van do da dos das von fur i the den det dem des du im in het ve na v w y wk on op pa le la l el il los las una un a an al
 dia giorno dne dnia zum vom am der am date year jahr annee ano anno mese mes mois maand monat month month's de' dell' nell' nel em on en
"""
ARTICLES = "the le el il den der dem am du dia al del dal dne dnia giorno zum vom op ate au om"
PARTS = {
    "begin": "early beginning begin beginnen begins start anfang debut inicio inizio inizi comienzos principios poczatk* zacatk* elej* basi* început* inceput* "
    "alku* alussa borjan begynnelsen starten beginn anfangs vroeg primeros κατι fruh primi першій початку",
    "middle": "mid middle midway halfway half mitte mi mediados meados meta medio halverwege mitten midten puolivali* polow* pulce* kozep* ortas* mijloc* "
    "meta' середин* medias mitad μεσα",
    "end": "end late fin finale fine ende eind einde final finales fim finais slut slutten slutet slutningen lopu* lopussa koniec konca koncu konec konci veg* "
    "sonu* sfarsit* кінец* кінці τελη tail ultimo",
}  # fmt: skip
HALVES = {
    1: "first erste ersten premiere premier primera primer eerste prima primo",
    2: "second zweite zweiten deuxieme seconde segunda tweede seconda",
}
HALF = "half halfte halfjahr halbjahr quinzaine moitie quincena helft meta semestre hy jahreshalfte semester"
WEEK_NUMBER = "week weeks wk kw cw semaine sem semana settimana uge uke vecka v viikko viikolla vk tyden tydzien het settimane weken calendar-week kalenderwoche"
SEASONS = {
    "spring": "spring springtime fruhjahr fruhling fruhjahrs printemps primavera voorjaar lente varen foraret var kevaa* kevat* wiosn* jaro jare jara tavasz* bahar* "
    "primavara весн* ανοιξη",
    "summer": "summer summertime sommer sommers ete verano estate zomer verao sommaren sommeren kesa kesalla kesan lato lecie latem leto leta leto nyar* yaz yazin "
    "vara літ* καλοκαιρι",
    "autumn": "autumn fall herbst automne otono herfst najaar autunno outono host hosten efteraret efterar syksy* jesien* podzim* osszel sonbahar* "
    "toamna осін* φθινοπωρο",
    "winter": "winter hiver invierno inverno vintern vinteren talvi* talvella talven zim* telen iarna зим* χειμωνασ",
}  # fmt: skip
DOUBTFUL_SEASONS = "fall spring ete var leto lato host vara yaz leta jare"
# Words before a month that make "in may" and "till march" a date.
BEFORE = """
courant
in until till til by from im ab bis en jusqu hasta tot vanaf fino a ate early late mid end of for around beginning start anfang ende mitte eind
 begin debut fin fine inizio next after nach na apres dopo depois despues de partir back again nell nel em since during come il verso vers rond
 rund gegen i til fra vid om pe din w od do v ve u y e maybe perhaps vielleicht op thru through
"""
