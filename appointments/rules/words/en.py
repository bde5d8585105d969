"""What English replies say."""

PHRASES = {
    "neutral": """
unsubscribed (a|an|half|our|the|some|him|her|them|his|one|two|all)
we do not follow up
(order|buy|purchase|choose|pick|work|quote) (only|) off the list
(you|we|they|people|drivers|visitors) get lost
(may|can|will|could|might|must) (release it delete it or|) block you
unsolicited (letters|post|calls|visits|goods)
(omg|haha|lol|oh|aw|aww) stop it
do not unsubscribe me
don't unsubscribe
please don't remove
do not remove me
not asking to be removed
out of the question
out of curiosity
stop by
stopped by
can't stop thinking
non-stop
left to do
left over
before the meeting
in a meeting
in meetings
interested in learning how you got
(don't|dont|do not|never|no need to) (take|remove|unsubscribe|delete|drop|strike|cross) (me|us) (off|from|out|)
(not|n't|never) (asking|telling|asked|told|want|wanting|saying) (that|) you (to|should|must|) (stop|remove|unsubscribe|take|delete|leave) (me|us|it|) (writing|emailing|mailing|sending|calling|off|alone|)
(don't|do not|wouldn't|would not) want you to (stop|leave|remove) (me|us|) (writing|emailing|mailing|sending|calling|alone|)
(don't|dont|do not) (email|e-mail|mail|send|write) (me|us) (a|an|your|the|another) … (novel|essay|book|deck|brochure|sermon|pdf|presentation|attachment|powerpoint|quote)
(do not|don't|never) (send|email|e-mail|write|put|share) (any|us|) (clinical|patient|personal|personally|confidential|sensitive|card|bank|medical|student|pupil|case|payment) … (email|e-mail|mail|unencrypted)
(in error|by mistake|not the intended recipient) … (do not|don't) (contact|email|write|reply|copy|read) (to|) (us|me|further)
if you (no longer|don't|do not|would rather not|would prefer not to) (wish|want|like|care|) (to|) (hear|receive|get|be contacted) …
(who|our users|our customers|our patients|our clients|our members|our donors|our readers|our tenants|our staff|our guests|our pupils|our contacts) (can|may|could|will|choose to|have|has|) (opt|opts|opted|opting) out
(one of our|some of our|when our|if our|our) (user|users|customer|customers|patient|patients|subscriber|subscribers|members|guests|clients|donors|somebody|someone) … (hit|hits|click|clicks|press|presses|choose|chooses|ask|asks|type|types) … (unsubscribe|opt out|delete my data|stop)
(our|my) (unsubscribe|opt out) (page|link|form|flow|button|list|process|rate|rates|handling)
(unsubscribe|opt out) (rate|rates|handling|management|workflow|workflows)
unsolicited (proposal|proposals|application|applications|tenders|bids|manuscripts|quotations|cvs|submissions)
(to|gets|got) get lost
to get lost
get lost (in|on|among|between)
(would|will) you go away
(we|they|i|it|people|everyone|problem|problems|problem's|we'll|i'll|they'll|to) go away (on|for|to|in|with|over|at|next|until|till)
(it|that|they|problem|problems|issue|issues|pain|headache|this) (won't|will not|doesn't|does not|don't|will|would|to|) go away
(has|have|had|rule|server|policy|filter|gateway|firewall) blocked your
(full|hard|one|bus|truck|pit) stop
stop (working|taking|reading and phone|of|and draw|over|off|at|in|for)
(we have|no|without|without a|any|had) complaint
how you stop
(don't|do not) want to say stop
(do not|don't) remove the
remove (the attachment|myself|from this|any|unneeded)
(spam filter|spam filters|spam folder|junk and spam|spam score|spam trap|of spam|not spam|isn't spam|protection against spam)
""",
    "bounce": """
delivery has failed
undeliverable
could not be delivered
delivery status notification
message not delivered
mailbox (is|) full
address not found
user unknown
mailbox unavailable
""",
    "unsubscribe": """
unsubscribe
(un-subscribe|unsubscribed|unsubscibe|unsuscribe|unsubcribe)
opt (me|us|) out
opt out
opting out
remove (me|us|my|our|this|his|her|all)
(take|get) (me|us|my name|my email|my address) off
~(take|pull|drop|strike|cross) (all|both|each|every|everyone|everybody|them|these|those|the whole) … off
off (your|this|the) (mailing|) list
off your (list|lists|database|distribution|system)
stop (emailing|e-mailing|mailing|messaging|contacting|writing|spamming|sending|calling|bothering|harassing)
stop (this|these|all|your) … (emails|mails|messages|spam)
~stop it
please stop
(don't|dont|do not|never) (ever|) (contact|email|e-mail|mail|write|message|call) (me|us|to me|here|this)
(don't|dont|do not|never) (send|write) … (email|emails|mail|mails|message|messages|again|anymore)
(don't|dont|do not) (want|wish|need) to (receive|get|hear)
(don't|dont|do not) want … (emails|mails|messages)
(no|any) (more|further) (emails|mails|e-mails|messages|correspondence|communication|contact)
(don't|dont|do not|never) (follow up|follow-up|chase|nudge) …
(no|without) (more|further|) (follow-ups|follow ups|followups|chasers|nudges)
no longer (wish|want) to (receive|get|hear|be contacted)
not (wish|want) to be contacted
cease (all|any|and desist|contacting|further|communication)
leave me alone
leave us alone
lose my (number|email|address)
(delete|erase|remove) (all|my|our) … (data|details|information|address|email|records)
(delete|erase) me
right to (erasure|be forgotten)
article (15|17|21)
art (15|17|21)
data subject (access|) request
subject access request
withdraw (my|) consent
take legal action
legal action
(report|reported|reporting) (you|this|it|your) … (spam|authority|ico|abuse|ftc|commissioner)
mark (you|this|it|your) … spam
marked as spam
(this|it) is spam
unsolicited
blocking (you|your)
block you
(i've|i have|we've|we have|i|we|been|and|am|are|getting) blocked (you|your)
fuck off
piss off
go away
get lost
do not contact list
~spam
~stop
~remove
~complaint
""",
    "left_company": """
no longer (with|works|work|working|employed|at|part of|a member)
(has|have) left (the company|our company|the organisation|the organization|the business|us|the firm)
~(has|have) left
left the (company|organisation|organization|business|firm)
is not (with|employed) … anymore
(doesn't|does not|don't|do not) work (here|for|at) … (anymore|any more|any longer|now)
(doesn't|does not) work here
~(has|have) (retired|resigned|moved on|passed away)
i (retired|resigned) (in|last|two|three|a|from my|from this|at the)
i left (the company|in|last|two|three|my (post|job|role|position))
~i (retired|left)
is no longer here
(former|ex-) employee
passed away
my last day
""",
    "out_of_office": """
~out of (the|) office
out of town
(i'm|i am|i will be|i'll be|currently|am|is|be) (currently|) (away|on leave|on vacation|on holiday|on holidays|on annual leave)
on (annual|parental|maternity|paternity|sick|medical|personal|study) leave
on (vacation|holiday|holidays|pto)
annual leave
away from (my|the) (desk|office|email|mail)
(limited|no|intermittent|sporadic) access to (my|) (email|e-mail|emails|mail|internet)
~away (until|till|from)
(office|offices) (is|are|will be) closed
closed for (the|) (holidays|holiday|christmas|easter|summer|season)
(i'm|i am|i will be|i'll be) (off|out) (until|till|sick|today|this week|next week|from|on)
(i'm|i am) travelling
(i'm|i am) traveling
(back|return|returning) (in|to) the office
(i'm|i am) (in hospital|off sick)
~i (don't|do not) work (on|mondays|tuesdays|wednesdays|thursdays|fridays)
maternity
jury duty
~i will be back
~upon my return
~when i return
""",
    "auto_reply": """
(your|the) (ticket|case|reference) (number|id) is
this is an (automated|automatic|auto) (message|response|reply|email|notification)
automatic reply
automated (reply|response|message)
auto-reply
autoreply
do not reply to this (email|message|mail)
please do not reply
(mailbox|inbox|address|account) is (not monitored|unmonitored|no longer monitored|no longer in use|not in use)
~not monitored
~(ticket|case|request) (number|id|no|#)
your (request|ticket|case|enquiry|inquiry) (has been|was|with) (received|logged|created|registered|opened)
(we|i) have received your (message|email|request|enquiry|inquiry|mail)
we received your (message|email|request|enquiry|inquiry|mail)
~thank you for contacting
thanks for contacting
thank you for reaching out to (our|the) (support|team|help)
someone (will|from our team will) (be in touch|get back|respond|reply)
(my|our) (email|e-mail|mail) address has changed
new (email|e-mail) address is
(verify|confirm) (that|) you are (human|not a robot|a real)
click (the link|here|below) to (verify|confirm|deliver|release)
(read|delivery) receipt
your message was read
i (only|) (check|read) (my|) (email|emails|mail|mails) (at|twice|once|only)
(respond|reply) within … (business|working) (day|days|hours)
""",
    "meeting_request": """
~(let's|lets|let us) (talk|meet|chat|speak|connect|have a call|do a call|set up|schedule|arrange|book|jump|hop|do|discuss|catch up)
(happy|glad|love|like|keen|want|open|willing|up) … (to (talk|meet|chat|speak|jump|hop|schedule|have a call|set up)|to a call|for a call|for a chat)
(can|could|shall|should|may) we (say|make it|do) … (monday|tuesday|wednesday|thursday|friday|tomorrow|next week|instead)
(can|could|shall|should|may) we … (talk|meet|speak|chat|schedule|book|set up|arrange|move|reschedule|call)
(can|could) you (call|ring|phone|send (me|us|) an invite|send (me|us|) a calendar|send (me|us|) the invite|do)
(send|please send|shoot) (me|us|over|) (an|a|the|your) (invite|invitation|calendar invite|calendar invitation|meeting invite|calendar link|calendly|booking link)
(give|call|ring|phone) me (a call|a ring|a buzz|on|at|tomorrow|today|next|this|any)
(you can|please|feel free to) (call|reach|ring|phone) me (on|at)
~(call|ring|phone) me
my (number|mobile|cell|direct line|phone) is
~(book|grab|pick|find|schedule) (a|some|any|) (time|slot) (on|in|with|here|via|using|from)
book (me|us) in
here (is|'s) my (calendar|calendly|booking|scheduling)
my calendly
calendly.com
~(schedule|set up|arrange|book|organise|organize|have|jump on|hop on) (a|an|the|quick|short) (quick|short|brief|15|20|30|15-minute|30-minute|) (call|demo|chat|zoom|teams|intro|conversation)
(schedule|set up|arrange|organise|organize) (a|an|the|some|) (meeting|time)
(a|the) (call|meeting|demo|chat) (would be|sounds|works|is fine|on|next|this|tomorrow|at)
~(works|work|suits|suit|good|great|fine|perfect|free|available) (well|best|) (for|with) (me|us)
(i'm|i am|we are|we're) (free|available) (on|at|next|this|tomorrow|after|before|from|between|any|most|all)
(what|which) (time|times|day|days|slot|slots) (works|work|suits|suit|is|are|do|would)
when (are you|can we|would you|can you|could we) (free|available|talk|meet|speak|be|like|do)
(how|what) about (monday|tuesday|wednesday|thursday|friday|tomorrow|next week|next)
~(see|talk to|speak to|speak) you (then|there|on|tomorrow|monday|tuesday|wednesday|thursday|friday|next)
(need|have) to (reschedule|move|push) (our|the|this)
(reschedule|move|push) (our|the|this) (call|meeting|chat|demo)
(accept|accepted|confirm|confirmed|confirming) (the|your|our|this|for) … (invite|invitation|meeting|call|time|slot|monday|tuesday|wednesday|thursday|friday)
set something up
put something in (the|my) (diary|calendar)
demo (please|would|next)
would like … (demo|meeting|a call)
(love|like) to see (a|the) demo
~call
~meeting
~(available|availability)
~sounds good
~that works
~works
~see you
""",
    "referral": """
(forwarded|passed|sent) (this|it|your email|your mail|your message|your details) (on|along|) to (our|the|my) (procurement|purchasing|buyer|buyers|it|finance|facilities|head|manager|boss|director|team|colleague|colleagues|office|department|owner)
(speak|talk|reach out|write|get in touch|connect|liaise|check|deal) (to|with) (my|our|the|him|her|them) … (colleague|manager|boss|head|director|team|department|cfo|cto|cio|coo|ceo|lead|buyer|procurement)
(contact|email|e-mail|message|try|ask|approach|call) (my|our|the) … (colleague|manager|boss|head|director|team|department|cfo|cto|cio|coo|ceo|lead|buyer|procurement|purchasing)
(best|right|correct|better|proper|appropriate) (person|contact|point of contact|people|team|one) … (is|would be|for this|to speak|to talk|to contact)
~(you should|you need to|you'd need to|you want to|please|better to|best to|you'd better|try) (contact|speak to|speak with|talk to|reach out to|write to|ask|email|get in touch with)
~(i've|i have|i|we have|we've|have) (forwarded|passed|sent|shared|cc'd|copied|looped|added|ccd|cc'ed) (this|it|your|you|on|in|to)
~(forwarded|forwarding|passing|passed) (this|it|your email|your mail|your message|your details|on) (on|to|along)
~(i'm|i am|i'll|i will|will|let me) (forward|forwarding|pass|passing|copying|cc'ing|looping|copy|cc|loop|connect|introduce|put) (this|it|you|your|in|on)
~(cc'ing|ccing|copying|looping|adding) (in|)
in (cc|copy)
(cc'd|copied) (here|in|on)
~(handles|handle|looks after|look after|takes care of|is responsible for|is in charge of|deals with|runs|owns|manages) (this|that|these|it|all|our|such|everything)
(is|are) (responsible|in charge|the one|who you|the person)
that's (our|my) (cfo|cto|cio|coo|ceo|head|colleague|boss|manager|buyer|it|finance|procurement|purchasing|facilities)
that (is|would be) (our|my) (cfo|cto|cio|coo|ceo|head|colleague|boss|manager|buyer|it|finance|procurement|purchasing|facilities)
(go|goes) through (our|the) (procurement|purchasing|it|finance|facilities)
(his|her|their) (email|address|mail) is
redirect you
~contact
~reach out to
~colleague
~forwarded
""",
    "wrong_person": """
wrong (person|contact|address|guy|department|email|man|woman|number|company|individual)
not the (right|correct|best|appropriate) (person|contact|one|department|address|guy|people)
(i'm|i am) not (the one|responsible|in charge|involved|the person)
not my (area|department|responsibility|job|field|remit|role|thing)
(i|we) (don't|do not) (deal|handle|work) (with|on|in) (this|that|these|it)
nothing to do with (me|this|that|my|our)
(mistaken|confused) me (for|with)
you (must have|have|'ve) the wrong
(i) (have|'ve) no (involvement|responsibility)
~wrong
""",
    "not_now": """
not (right|) now
~not (at|) (this|the) (time|moment|stage|point|quarter|year|month)
not at present
not a good time
(bad|wrong|terrible) (time|timing)
timing (isn't|is not|is) (right|off|bad|wrong|good|ideal)
(maybe|perhaps) (later|next|in|after)
(later|sometime) (this|next|in the) (year|quarter|month)
(contact|email|write|ping|try|reach out|check|follow up|touch base|circle|check in|chase|remind) (to|) (me|us|back|with me|with us|again) (back|again|) (in|after|next|later|around|towards|at the|mid|early|end)
~(come|get) (back|) (to (me|us)|again|back) (in|after|next|later|around|towards|mid|early) (the|about|) (january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|autumn|fall|winter|new|year|quarter|week|month|q1|q2|q3|q4|a|an|two|three|four|five|six|few|couple|half|)
~come back
~try again
(reach out|get in touch|write|come back|check back|check in|circle back|follow up|touch base|try me|try us|try) (again|to me|with me|to us|with us|) (in|after|next|later|around|monday|tuesday|wednesday|thursday|friday|when|once)
~(revisit|reconsider|look at|review|discuss|pick) (this|it|that|up|) (again|up|) (in|after|next|later|once|when|around)
(next|after) (quarter|year|budget|fiscal|summer|month|spring|autumn|fall|winter)
(on hold|parked|frozen) (until|till|for now|at the moment)
(swamped|snowed under|too busy|very busy|really busy|flat out|slammed|busy) (until|till|right now|at the moment|this|with|for|now|through|just)
too busy
~(keep|bear) (me|us|you|this|your|it) … (in mind|posted|on file|for the future)
(maybe|perhaps) in (the|) (future|a)
down the (line|road)
in the (near|) future
(already|) (planned|budgeted) for
not (a|our) priority
not until
~later
~next year
~busy
~for now
~at the moment
""",
    "objection_price": """
too (expensive|pricey|costly|dear|much money)
(can't|cannot|can not|couldn't|don't|unable to) (afford|justify)
~(no|not|don't have|doesn't have|haven't|without|limited|tight|little|any) (a|the|any|enough|) budget
budget (is|was|has been|are) (frozen|cut|tight|gone|spent|exhausted|fully|already|limited|zero)
(out of|over|beyond|above|outside) (our|my|the|) budget
(spending|budget|cost|hiring) freeze
(price|pricing|cost|costs|fee|fees) (is|are|seems|seem|looks|look) (too|very|quite|a bit|way|rather|) (high|steep|much|expensive)
(not|isn't) worth (it|the|that|the money)
~(cheaper|less expensive)
(return on investment|roi) (isn't|is not|doesn't|does not|unclear)
cost (cutting|cuts|reduction)
(more than|double what) we (spend|pay|have)
(no|not any|don't have the|haven't the|lack of|lack the) (money|funds|funding)
~budget
~expensive
~price
""",
    "objection_competitor": """
(already|currently|presently) (have|has|use|uses|using|work|works|working|got|covered|partner|partnered|signed|contracted|with|engaged) … (supplier|vendor|provider|solution|tool|system|partner|platform|agency|one|place|this|that|software|in-house|contract|agreement|with)
~already (have|use|using|work with|working with|got|covered|sorted|taken care of|in place)
(we|i) (use|are using|'re using|work with|are working with|went with|chose|have chosen|just signed|signed with|have signed|go with|run on) (a|an|our|another|someone|with|the|your|someone else)
~(we|i) (use|went with|chose|signed with|work with|are with|'re with)
(happy|satisfied|content|pleased|fine|good) with (our|the|what we|who we|my|them) … (supplier|vendor|provider|solution|tool|system|partner|have|use|setup|one|current|existing|got)
(happy|satisfied|content|pleased|fine) with (our|what|who)
(current|existing|incumbent|another|other|different) (supplier|vendor|provider|solution|tool|partner|system|contract|agency|software)
(do|does|handle|handled|built|build|manage|managed|done|run|developed) (this|it|that|everything|all|our own|) (in-house|internally|in house|ourselves)
(in-house|internal) (team|tool|solution|system|process)
(in|under|locked into|tied into|bound by) (a|an|our|) (long-term|multi-year|three-year|two-year|existing|current|) contract
our contract (ends|runs|with|expires|is)
~just (signed|renewed|chosen|bought|implemented|switched|rolled)
your competitor
~contract
~competitor
""",
    "objection_authority": """
(not|isn't|is not) my (decision|call|choice)
~(can't|cannot|don't|do not|not allowed to|not able to|not in a position to|not authorised to|not authorized to) (decide|make (that|this|the|these|such) (decision|decisions|call)|sign)
(headquarters|hq|head office|the board|corporate|group|our parent company|the parent company|parent company) (decides|decide|makes|handles|has to|have to|takes|take|would|must|does|controls|approves|needs to)
(decided|decisions are made|decision is made|handled|managed|decided|made) (by|at) (headquarters|hq|head office|the board|corporate|group|our parent)
(board|management) (approval|decision)
(above|beyond) my (pay grade|level|authority)
(through|by|via|in|under|out to) (a|public|formal|) tender
(only|) by tender
rfp
(not|don't have|no) (the|any|) (authority|decision maker|decision-maker)
(i'm|i am) (just|only) (a|an|the) (intern|assistant|student|trainee|receptionist|temp)
~head office
~tender
""",
    "objection_other": """
(too|very) (small|big|large) (for|a company|a business|an organisation|to|of)
we are too (small|big|large)
~(only|just) (a|one|two|three|four|five|six) (person|people|employee|employees|man|of us|staff)
(doesn't|does not|don't|do not|won't|will not|wouldn't|would not) (fit|apply|work for|suit|match|integrate|support|meet|help us|solve)
(not|isn't|is not) (compatible|suitable|relevant|applicable|compliant|certified|secure|a fit|a good fit|a match|appropriate|gdpr)
(bad|poor|terrible|negative|horrible) (experience|experiences|reviews)
(had|have) (problems|issues|trouble) with (you|your|similar|such|these)
(don't|do not|wouldn't|would not|not) trust
~security (concerns|concern|policy|team|requirements|risk|reasons)
(policy|rules|regulations|compliance) … (not allow|forbid|forbids|prohibit|prohibits|prevents|against)
(against|violates) (our|company) policy
(not|don't|do not) (in|serve|operate|have|run) (this|that|your|our own|any) (market|sector|industry|business|region|country|sites|plants|fleet)
~(we are|we're) (closing|winding down|shutting down|insolvent|bankrupt|being acquired|merging)
~(skeptical|sceptical|doubt|doubtful|not convinced|unconvinced)
~(don't|do not) believe
""",
    "not_interested": """
(we are|we're|i am|i'm|am|thanks but) not (really|) interested (thanks|thank you|at all|in this|)
~not (really|) interested
no (interest|thanks|thank you|thx|need)
not for (us|me)
~(no|not|don't have|do not have|haven't|there is no|there's no|without) (a|any|) (need|use|requirement|demand|interest)
~(don't|do not|doesn't|does not|won't|will not) (need|require) (this|it|that|your|any|anything|such|help)
(we|i) (pass|will pass|'ll pass|have to pass|decline|must decline)
(going|have|want) to pass
(i'll|we'll|i will|we will) pass
pass on this
(not|nothing) (something|) (we|i) (need|are looking for|want|require|'re looking for)
~(not|isn't|is not) (something|anything) (we|i|for)
(respectfully|politely) decline
not looking (for|to)
(all|we're|we are|i'm|i am) (set|good), thanks
~(we're|we are|i'm|i am) (all|) (set|good)
(uninterested|disinterested)
""",
    "question": """
(how much|how many|how long|how does|how do|how would|how is|how are you different|how did you|how can)
(what|what's|whats) (is|are|does|do|would|kind|the|your|about the|makes|'s) (the|your|it|you|this|that|price|pricing|cost|costs|difference|of|typical|minimum|a|is|included|exactly)
(do|does|can|could|will|would|is|are) (you|it|this|your|that|there|the) … (integrate|support|work|handle|offer|provide|have|include|comply|certified|compatible|compliant|replace|cover|connect|available|possible|cost|deliver|ship|run|require|need|included)
(who|which) (are|is|else|of|other|companies|customers|company) (you|your|uses|using|this|do|is|already|have|the)
~where (did|do|are|is|have) (you|your|the)
(can|could|would) you (tell|explain|clarify|elaborate|share|confirm|give|provide|specify|expand)
~(please|) (explain|clarify|elaborate)
(is|are) (it|there|you|this|your) (gdpr|iso|soc|hipaa|possible|certified|included|compatible|also|a)
(i have|i've|have) (a|one|two|some|a few|several|got) (question|questions)
~question
~pricing
""",
    "interested": """
not (uninterested|disinterested|opposed|averse)
~not a no
wouldn't say no
(sounds|looks|seems|is|very|quite|that's|this is|really) (very|quite|really|pretty|) (interesting|great|promising|intriguing|useful|relevant|good, send|fascinating)
(i'm|i am|we are|we're|would be|might be|could be|definitely|very|quite|be|always|am|are) (very|quite|really|definitely|potentially|certainly|indeed|also|) interested
(tell|send|share|show|give|forward|provide|mail) (me|us|) (some|) more
(send|share|forward|email|mail|shoot) (me|us|over|through|on|) (some|any|more|the|your|a|further|) (info|information|details|material|materials|brochure|deck|presentation|one-pager|case study|case studies|pricing|docs|documentation|something|pdf|overview|over|flyer|data sheet|datasheet|whitepaper)
(more|further|additional) (info|information|details) (please|would|about|on|is|before)
~(would|i'd|we'd|i would|we would|) (like|love|want) to (know|learn|hear|find out|read|see) more
~(learn|know|hear|find out) more
~(interested|curious) (in|to|about)
(yes|yeah|yep|sure|absolutely|definitely|ok|okay), please
~(yes|sure|absolutely|go ahead|of course)
~interested
~interesting
~curious
~please send
~great
""",
    "other": """
~thanks
~thank you
""",
    "legal": """
legal action
(lawyer|lawyers|solicitor|solicitors|attorney|court|sue you|lawsuit)
article (15|17|21)
data subject (access|) request
subject access request
right to (erasure|be forgotten|access)
data protection (officer|authority|commissioner|act)
(ico|ftc|information commissioner)
cease and desist
can-spam
gdpr (request|complaint|violation|breach|rights)
(under|per|pursuant to) (the|) gdpr
""",
    "hostile": """
(fuck|fucking|piss off|asshole|idiot|idiots|moron|bastard|bullshit|shit|scum|scammer|scammers)
(go to hell|drop dead|how dare you|harassing|harassment|pathetic|leeches|parasite)
""",
    "complaint": """
(report|reported|reporting) (you|this|it|your)
(mark|marked|marking|flag|flagged) (you|this|it|as|your) … spam
file a complaint
(lodge|filing|filed) (a|an) … complaint
""",
    "company": """
(anyone|everyone|anybody|everybody|no one|nobody|none|all of us|all|any) (at|in|from|here|of) … (company|organisation|organization|firm|office|us|domain|here|team|colleagues|employees|addresses)
(all|any|every) (of|) (our|my) (addresses|employees|colleagues|staff|people|emails|email addresses|mailboxes|team)
(our|the|entire|whole|all) (entire|whole|) (domain|company|organisation|organization|firm)
(no one|nobody) (here|at)
""",
}
