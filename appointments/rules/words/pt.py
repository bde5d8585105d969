"""What Portuguese replies say."""

PHRASES = {
    "neutral": """
não me remova
sem problema
não há problema
não (me|nos) (tire|retire|remova|exclua|apague) …
(pasta de|filtro de|caixa de) spam
""",
    "bounce": """
não (pôde|pode|foi possível) (ser|) (entregue|entregar)
""",
    "unsubscribe": """
(descadastrar|descadastre|descadastrem|desinscrever|desinscreva|cancelar a inscrição|cancelar inscrição|cancelar a subscrição|anular a subscrição|descadastramento)
(remova|remover|retire|retirem|retirar|removam|exclua|excluam|apague|apaguem|tire|tirem|elimine|eliminem|excluir|apagar)(-me|-nos|) (o|a|os|) (me|meu|meus|minha|nosso|nossos|nossa|este|da|todos|email|e-mail|nome|contacto|contato|endereço|dados|cadastro) …
(da|de) (sua|vossa|tua|lista|suas) (lista|listas|base|base de dados|mailing|de|newsletter) …
(não|não quero|não desejo|não queremos|não desejamos|não pretendo) (mais|) (receber|ser contactado|ser contatado|ser contactada|ser contatada|ser contactados|que me contactem|emails|mensagens) …
(não|não me|não nos) (me|nos|) (contacte|contactem|contate|contatem|escreva|escrevam|envie|enviem|mande|mandem|volte|voltem|ligue|incomode|incomodem)(-me|-nos|) (mais|)
(pare|parem|para|deixe|deixem) (de|com|já|imediatamente) …
(deixe|deixem|me deixe|me deixem|deixa)(-me|-nos|) em paz
(direito) (ao esquecimento|ao apagamento|de oposição|de acesso|à eliminação)
(artigo|art) (15|17|21)
((meu|nosso|minha|nossa|ao|pelo|com) (advogado|advogada)|ação judicial|ações judiciais|medidas legais|queixa|denúncia|anpd|cnpd)
(isto|isso) é spam
(email|e-mail|mensagem|emails|mensagens) (não solicitado|não solicitada|não solicitados|não solicitadas|indesejado|indesejados|indesejada)
nada de (emails|mails|mensagens)
~spam
""",
    "left_company": """
já não (trabalha|trabalho|está|faz|exerce|colabora) (na|no|em|aqui|connosco|conosco|parte|para|cá|nesta|mais) …
não (trabalha|trabalho|está|faz parte) mais (na|no|em|aqui|connosco|conosco|da|do|nesta) …
(deixou|deixei|saiu da|saí da|saiu desta) (a empresa|a companhia|a organização|empresa|companhia)
~(aposentou|aposentado|aposentada|reformou|reformado|reformada|faleceu)
""",
    "out_of_office": """
(fora do|ausente do|fora da) (escritório|gabinete|empresa)
(de|em|estou de|estarei de) (férias|licença|baixa médica|licença maternidade|licença médica|viagem)
(estarei|estou|encontro-me) (ausente|fora)
(regresso|regressarei|volto|voltarei|retorno|retornarei|estarei de volta) (a|no|em|ao|dia|na|à) …
(acesso limitado) (ao|a|aos)
(escritório|escritórios|empresa) (estará|estarão|está|encontra-se) (fechado|fechados|fechada|encerrado|encerrada|encerrados)
""",
    "auto_reply": """
(resposta|mensagem|email|e-mail) (automática|automático|gerada|gerado)
(recebemos|acusamos a receção) (a sua|o seu|sua|seu|do seu|da sua) …
(a sua|sua) (solicitação|mensagem|pedido) foi (recebida|recebido|registada|registrada)
(número do|número de|nº do) (ticket|chamado|protocolo|pedido|processo)
(confirmação de leitura|recibo de leitura)
(esta caixa|este endereço|este email|esta conta) não (é|está) …
não responda a (este|esta)
(novo|meu novo) (endereço|email|e-mail) (de|é|de email|passa)
""",
    "meeting_request": """
(agendar|agendamos|agendemos|marcar|marcamos|marquemos|combinar|combinamos|fazer|fazemos|ter) (uma|um|a) (reunião|chamada|call|videochamada|conversa|demo|demonstração|ligação|videoconferência|horário)
(uma|a) (reunião|chamada|conversa|ligação|videochamada) (na|no|para|esta|rápida|breve|seria|às|próxima|segunda|terça|quarta|quinta|sexta) …
(ligue-me|me ligue|me liga|liga-me|pode ligar-me|pode me ligar|telefone-me|podem ligar)
(podemos|poderíamos|podíamos|vamos) (falar|reunir|conversar|marcar|agendar|nos falar|encontrar) …
(falamos|vemo-nos|nos vemos) (na|no|amanhã|segunda|terça|quarta|quinta|sexta|então) …
~até (amanhã|segunda|terça|quarta|quinta|sexta)
~(me|para mim|por mim|fica) (convém|serve|dá jeito|fica bem|está bom|bem|ótimo|melhor) …
~(segunda|terça|quarta|quinta|sexta) … (serve|dá|funciona|posso|às|fica bem|pode ser|está bom)
(qual|quando|que) (a sua disponibilidade|sua disponibilidade|pode|podemos|seria|horário|horários|dia|dias|tem|é que) …
(estou|estarei|tenho|estamos) (disponível|livre|disponibilidade|disponíveis)
(envie|envia|mande|manda|envie-me|mande-me|me envie|me mande|pode enviar) … (convite|invite|link)
(meu número|o meu número|meu telemóvel|meu celular|meu telefone)
~reunião
~disponível
""",
    "referral": """
~(contacte|contate|contactar|contatar|fale|falar|entre em contacto|entre em contato|escreva|dirija-se|procure) (com|o|a|ao|à|para) (meu|minha|nosso|nossa|o|a|colega|responsável|diretor|diretora|departamento|sr|sra|dr|dra|equipa|equipe) …
(trata|cuida|ocupa-se) (disso|disto|deste|desse|destes|desses|destas|dessas|do) …
(é|seria|são) (o|a|os|quem) (responsável|pessoa certa|pessoa indicada|trata|cuida|contacto|encarregado|encarregada|contato|decide) …
(pessoa certa|pessoa indicada|pessoa correta|responsável) (é|seria|por|para) …
~(reencaminhei|reencaminho|encaminhei|encaminho|encaminhado|vou encaminhar|passei|vou reencaminhar|estou encaminhando|repassei) (o|a|para|ao|este|esta|seu|sua|à) …
(em cópia|em cc|com cópia)
""",
    "wrong_person": """
(não sou|não é) (a pessoa|o responsável|a responsável|comigo|a minha área|minha área|o meu|eu) …
(pessoa|contacto|contato|endereço|destinatário) (errada|errado|incorreta|incorreto)
(enganou-se|se enganou|enganaram-se|é engano|deve ser engano|por engano que)
~engano
(não tenho|não tem) nada a ver
""",
    "not_now": """
(neste momento|de momento|por agora|agora|no momento|por enquanto|atualmente) (não|ainda não|estamos|estou)
não (é|agora|neste|é o|é um|é uma) (momento|agora|melhor|bom|prioridade|altura|a altura|boa) …
(contacte|contate|fale|volte|escreva|retome|retomamos|ligue|procure|contacte-me|me contate|me procure|voltamos|voltemos)(-me|-nos|) … (em|daqui|depois|mais tarde|no próximo|a partir|após|lá para|setembro|janeiro)
~(mais tarde|mais para a frente|mais para frente|no próximo ano|para o ano|ano que vem|no próximo trimestre|próximo trimestre|depois do verão|depois das férias)
(daqui a|em) (uns|alguns|dois|três|quatro|seis|2|3|6) meses
(muito|demasiado) (ocupado|ocupada|ocupados)
~mais tarde
~por enquanto
~de momento
""",
    "objection_price": """
(muito|demasiado|bastante) (caro|cara|caros|dispendioso|elevado)
(não|sem|não temos|não há) (temos|há|tenho|) (orçamento|verba|budget)
orçamento (está|é|congelado|limitado|esgotado|fechado)
(corte|cortes|congelamento) (de|do|nos|no) (custos|gastos|orçamento|despesas)
(preço|preços|custo) (é|são|está) … (alto|altos|elevado|elevados)
(mais barato|mais em conta)
~orçamento
~preço
""",
    "objection_competitor": """
já (temos|trabalhamos|usamos|utilizamos|dispomos|contamos|tenho|uso|estamos) (com|de|um|uma|outro|outra|fornecedor|solução|o|a|servidos) …
(satisfeitos|contentes|satisfeito) com (o|a|os|nosso|nossa)
(outro|atual|nosso|nosso atual) (fornecedor|parceiro|prestador)
(fazemos|gerimos|desenvolvemos|tratamos) (isso|isto|tudo|) (internamente|dentro de casa|internos)
(acabamos de|acabámos de) (assinar|contratar|renovar|escolher|mudar)
""",
    "objection_authority": """
(sede|administração|direção|matriz|casa-mãe|grupo|diretoria|conselho) (decide|decidem|toma|quem|é que|tem de|precisa)
(decide|decidem|decidido|é decidido) (pela|a|o|pelo|na) (sede|administração|direção|matriz|casa-mãe|grupo|diretoria|conselho) …
(não|não posso) (decido|decidir|depende de mim|cabe a mim|é minha decisão|sou eu que decido|sou eu quem decide)
~(licitação|licitações|concurso público)
""",
    "objection_other": """
(demasiado|muito) (pequenos|pequena|pequeno|grandes|grande)
não (se aplica|se adequa|é compatível|se encaixa|cumpre|serve para|estou convencido|estamos convencidos) …
(má|más|péssima|péssimas) (experiência|experiências)
(cético|cética|dúvidas sobre)
(razões|motivos|políticas) de segurança
""",
    "not_interested": """
(não|sem) (tenho|temos|estou|estamos|me|nos|há|) (interesse|interessado|interessada|interessados|interessa)
(não) (precisamos|preciso|necessitamos|temos necessidade)
não obrigado
não obrigada
obrigado, mas não
não é para nós
~(recuso|recusamos|declinamos)
""",
    "question": """
(quanto|qual|quais) (custa|custaria|é|são|seria|o|a|os|fica|tempo) …
~(como) (funciona|é que|se|conseguiu|obteve|obtiveram|fazem|arranjou) …
(pode|poderia|podem|poderiam) (explicar|explicar-me|dizer-me|me dizer|me explicar|esclarecer|confirmar|detalhar|indicar)
~(têm|tem|oferecem|integra|é compatível|vocês) … (integração|certificação|suporte|com|rgpd|lgpd|iso|experiência)
(onde|de onde) (obteve|conseguiu|tirou|arranjou|obtiveram)
(uma|algumas|umas|duas) (pergunta|perguntas|dúvida|dúvidas|questão|questões)
~dúvida
~pergunta
""",
    "interested": """
(estou|estamos|estaria|estaríamos|fiquei|ficamos) (muito|) (interessado|interessada|interessados|interessadas)
(tenho|temos|há) interesse
(parece|é|soa|achei) (muito|) (interessante|promissor)
(me|nos) (interessa|interessaria)
(envie|enviem|envia|envie-me|mande|mande-me|me envie|me mande|pode enviar|podem enviar|enviar) … (informação|informações|info|material|apresentação|brochura|folheto|detalhes|catálogo|documentação)
mais (informação|informações|info|detalhes)
(saber|conhecer) mais
(sim|claro|com certeza), (por favor|claro|obrigado|obrigada|pode)
~interessante
""",
    "other": """
~obrigado
~obrigada
""",
    "legal": """
(advogado|ação judicial|ações judiciais|medidas legais|anpd|cnpd|tribunal|processo judicial)
(artigo|art) (15|17|21)
direito (ao esquecimento|ao apagamento|de oposição|de acesso)
""",
    "hostile": """
(merda|idiota|idiotas|imbecil|assédio|palhaços|golpistas|vergonha)
""",
    "complaint": """
(denunciar|denunciarei|reportar|marcar) … (spam|anpd|cnpd)
(apresentar|apresentarei) (queixa|denúncia|reclamação)
""",
    "company": """
(todos|todas) (os|as) (nossos|nossas) (endereços|emails|colaboradores|funcionários)
(toda|todo) (a nossa|o nosso|a|o) (empresa|domínio|organização)
ninguém (aqui|na nossa|da nossa)
""",
}
