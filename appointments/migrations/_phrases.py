"""What 0019 gives the questions an installation begins with, as the phrases stood then: for yes, for no."""

WORDS = {
    'Has the problem we solve': (
        """(struggle|struggling|problem|problems|trouble|headache|pain|painful|issue|issues|difficult|difficulty) (with|finding|keeping|getting|for us|here|is that)
(takes|costs|cost|loses|lose|lost) (us|me|) … (hours|days|weeks|ages|money|fortune|time)
(currently|today|still|at the moment) … (excel|spreadsheet|spreadsheets|paper|by hand|manually)
(exactly|precisely|just) (our|the|my) (problem|situation|pain|topic|issue)
(wir|ich) (haben|kampfen|habe) … (probleme|problem|schwierigkeiten|muhe|arger)
(genau|gerade) (unser|das|mein) (problem|thema)
(kostet|verlieren|dauert) … (stunden|tage|wochen|zeit|geld)
(derzeit|aktuell|noch|momentan|heute) … (excel|papier|von hand|manuell)
(nous avons|on a|j'ai) … (probleme|problemes|difficultes|du mal)
(perdons|coute|prend) … (heures|jours|temps|argent)
(encore|actuellement|aujourd'hui) … (excel|papier|a la main)
(tenemos|tengo|hay) … (problemas|problema|dificultades)
(perdemos|cuesta|tarda) … (horas|dias|tiempo|dinero)
(todavia|actualmente|aun|hoy) … (excel|papel|a mano)
~(does this|can it|could you) (help|solve)""",
        """(no|not a) (problem|need|issue|pain|topic) (for us|here|with that|at all)
(don't|do not|doesn't) (need|have that|have this)
(works|working|running) (fine|well|smoothly|perfectly)
(already|solved|sorted) … (solved|sorted|covered|taken care of)
(kein|keinen) (problem|bedarf|thema)
(lauft|funktioniert) (gut|prima|bestens|problemlos)
(pas|aucun) (de|) (probleme|besoin)
(no|ningun) (tenemos|hay|) (problema|necesidad)""",
    ),
    'Big enough for us to help': (
        """(two|three|four|five|six|seven|eight|nine|ten|2|3|4|5|6|7|8|9|10|12|15|20|several|many|all|all of|all two|all three|all four|all five|all six|both) (of our|our|more|) (sites|plants|locations|branches|warehouses|houses|stores|depots|factories|facilities)
(zwei|drei|vier|funf|sechs|sieben|acht|neun|zehn|2|3|4|5|6|7|8|9|10|mehrere|alle|beide) (unserer|unsere|) (standorte*|werke*|filialen|hauser*|lager|betriebe*|niederlassungen)
(deux|trois|quatre|cinq|six|sept|huit|neuf|dix|2|3|4|5|6|7|8|9|10|plusieurs|tous nos|toutes nos|nos) (sites|usines|magasins|agences|entrepots|etablissements)
(dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|2|3|4|5|6|7|8|9|10|varias|varios|todas nuestras|todos nuestros) (sedes|plantas|centros|tiendas|almacenes|locales)
~(each|every) (site|plant|location|branch)
~(jeder|jeden|jedem) standort""",
        """(only|just) (one|a single) (site|plant|location|branch|house|store)
(nur|lediglich) (einen|ein|eine) (standort|werk|filiale|haus|lager|betrieb)
(un seul|une seule) (site|usine|magasin|agence)
(una sola|un solo|solo una|solo un) (sede|planta|centro|tienda)""",
    ),
    'A date that presses': (
        """(inspection|audit|recertification|certification|deadline|tender|renewal|go-live|launch|opening|handover|inspector) (is|comes|runs|falls|starts|) (due|in|on|by|before|this|next)
(contract|lease|licence|license|agreement) (ends|runs out|expires|is up)
(need|needs|must|have|has|want|wants) (this|it|to|) … (by|before) (the end of|end of|) (january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|autumn|winter|christmas|the year|this year|q1|q2|q3|q4)
(settled|done|in place|decided|live|running) (by|before)
(prufung|inspektion|audit|frist|stichtag|ausschreibung|eroffnung|abnahme) … (im|am|bis|vor|ende|nachste*|diese*)
(vertrag|lizenz) (lauft … aus|endet)
(bis|vor) (ende|anfang|mitte|) (januar|februar|marz|april|mai|juni|juli|august|september|oktober|november|dezember|des jahres) (muss|mussen|brauchen|soll|sollen|wollen)
(audit|inspection|controle|echeance|ouverture) … (en|avant|le|au|prevu*)
(contrat|licence) (expire|se termine|prend fin)
(auditoria|inspeccion|plazo|apertura) … (en|antes de|el|prevista)
(contrato|licencia) (vence|termina|caduca)
~(this|next) (month|quarter|spring|summer|autumn|winter) (we|is when|would be)
~(urgent|urgently|time is short|dringend|eilig|urgente*)""",
        """(no|not) … (hurry|rush|deadline|urgency|time pressure)
not (urgent|pressing|planned|a priority)
nothing (is|) planned
(keine|kein) (eile|frist|zeitdruck|dringlichkeit)
(nicht|nichts) (eilig|dringend|geplant)
(pas|rien) (urgent|d'urgent|de prevu|presse)
(no es urgente|sin prisa|no hay prisa|nada previsto)""",
    ),
    'Knows who decides': (
        """(i|we) (decide|sign|sign off|approve|have the final say|make the decision|make this decision)
(the|this|that|it|final|) (decision|say) (is|lies|rests|sits) (with|mine|ours)
(my|our) (boss|director|manager|cfo|ceo|coo|cio|cto|board|owner|managing director|finance director|head of *|plant manager) (decides|signs|approves|has the final say|will decide|will sign|would sign|signs off|must approve|has to approve)
(decided|signed|approved|signed off) by
(ich|wir) (entscheide|entscheiden|unterschreibe|unterschreiben|unterzeichne|gebe frei|geben frei)
(entscheidet|unterschreibt|unterzeichnet|gibt frei|genehmigt) (der|die|das|unser|unsere|mein|meine|bei uns|am ende|letztlich)
(unser|unsere|mein|meine|der|die) … (entscheidet|unterschreibt|unterzeichnet|genehmigt)
(die|diese) entscheidung (liegt bei|trifft|treffe)
(je|nous) (decide|decidons|signe|signons|valide|validons)
c'est (moi|nous|le directeur|la directrice|notre *|mon *|ma *) qui (decide|decidons|signe|signons|valide|validons)
la decision (revient a|appartient a|est prise par)
(yo|nosotros|) (decido|decidimos|firmo|firmamos|apruebo|aprobamos)
(la decision|lo) (la toma|depende de|decide|firma|aprueba)
(mi|nuestro|nuestra|el|la) (jefe|jefa|director*|gerente|consejo) (decide|firma|aprueba)
~(decides|signs|signs off|approves) (on|) (this|it|that|these|such)
~(sign-off|signoff|budget holder|decision maker|entscheider*|decideur*)""",
        """(don't|do not|doesn't|no idea|not) … (know|sure|clear|decided) (yet|) who (decides|signs|approves|would)
(weis*|wissen) (noch|) nicht wer
(je ne sais|nous ne savons) pas qui
no (se|sabemos) quien""",
    ),
    'Decides, or is sent by who decides': (
        """(i|we) (decide|sign|approve|own|buy|choose|run) (on|) (this|it|that|these|such|everything)
(i am|i'm|we are|we're) (the ones|the one|) (responsible|in charge|accountable)
(this|that|it) is my (decision|responsibility|call|budget|area)
my (boss|director|manager|board|managing director) (asked|told|sent|wants) me
(on behalf of|asked by) (my|our|the) (boss|director|manager|board|management|managing director)
(ich bin|wir sind) … (zustandig|verantwortlich)
(ich|wir) (entscheide|entscheiden|verantworte|verantworten|unterschreibe|unterschreiben)
im auftrag (der|des|unserer|unseres|meines|meiner)
(je suis|nous sommes) (responsable|responsables|en charge|charge de)
(c'est|ce) (mon|notre) (budget|decision|domaine)
(je|nous) (decide|decidons|gere|gerons)
(soy|somos) (el|la|los|) responsable*
(decido|decidimos|me encargo|nos encargamos)""",
        """(not|isn't) (my|our) (area|decision|department|responsibility|call|budget)
(i|we) (don't|do not|cannot|can't) (decide|sign|approve)
not (responsible|in charge)
(nicht|kein*) (zustandig|verantwortlich|mein bereich|unser bereich|meine entscheidung)
(ich|wir) (entscheide|entscheiden) das nicht
(pas|n'est pas) (moi|nous|de mon ressort|mon domaine|responsable*)
(no es|no soy|no somos) (mi|nuestra|nuestro|el|la|los|) (decision|responsable*|area|departamento)""",
    ),
    'Money is set aside, or can be': (
        """(have|has|got|there is|there's|with) (a|the|our|some|) (budget|funds|money)
budget … (is|was|has been|were) (approved|set aside|available|allocated|released|reserved|there|in place|agreed)
(set aside|allocated|earmarked|reserved|budgeted|put aside) … (for|this|it)
(haben|hat) … (budget|mittel|geld)
(budget|mittel) (ist|sind|wurde|wurden|steht|stehen) … (da|bereit|genehmigt|eingeplant|freigegeben|vorhanden|bewilligt|verfugung)
(eingeplant|budgetiert|bereitgestellt)
(avons|avez|a|ai) … (un|le|du|) budget
budget (est|a ete) (valide|approuve|prevu|disponible|alloue|vote)
(tenemos|tengo|hay) … (presupuesto|fondos)
presupuesto (esta|ha sido|fue) (aprobado|previsto|disponible|asignado|reservado)
~(in|within) (our|the) budget
~next (year's|quarter's) budget""",
        """(no|not any|without) (a|) (budget|funds|money)
(don't|do not|doesn't|does not) have (a|the|any|) (budget|funds|money)
budget (is|was|has been|has) (frozen|cut|spent|used up|exhausted|gone|not)
(kein|keine) (budget|mittel|geld)
(budget|mittel) (ist|sind|wurde|wurden) (gestrichen|gekurzt|eingefroren|aufgebraucht|nicht)
(pas|plus|aucun) (de|) budget
budget (gele|epuise|coupe)
(no|sin) (tenemos|hay|tengo|) presupuesto
presupuesto (agotado|congelado|recortado)""",
    ),
}
