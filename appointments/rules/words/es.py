"""What Spanish replies say."""

PHRASES = {
    "neutral": """
no me des de baja
sin problema
no hay problema
(estoy|está|estaré|estar|estuve|estuvo|sigo|sigue|ando|anda|encuentro|de) (todavía|aún|) (de|por) baja
causó baja
baja (médica|laboral|maternal|por|temporal)
(no|ni) me (borre|borres|borren|quite|quites|quiten|saque|saques|saquen) de
(carpeta de|filtro de|como|anti) spam
(asunto zanjado|más baja|baja uno)
""",
    "bounce": """
no se (pudo|ha podido) entregar
""",
    "unsubscribe": """
(dar|darme|darnos|deme|denme|dame|denos|den|dese|dadme|dadnos|darnos|solicito|solicitamos|quiero|queremos|pido) (la|de|una|mi|) baja
(enlace|link|botón|opción|solicitud) de baja
(desuscribir|desuscribirme|desuscríbame|cancelar la suscripción|desinscribir|desinscribirme|anular la suscripción)
(elimine|eliminen|borre|borren|quite|quiten|saque|saquen|elimina|borra|eliminar|borrar|retire|retiren)(me|nos|) (mi|mis|nuestra|nuestro|nuestros|de|a|todos|esta) …
(elimíneme|bórreme|quíteme|sáqueme|elimínenme|bórrenme|quítenme|sáquenme|quítame|bórrame|elimíname|sácame|retíreme)
de (su|sus|tu|la|esta|vuestra) (lista|listas|base de datos|base|newsletter)
no (volver a|) (recibir|ser contactado|ser contactada|que me contacten|que me escriban|que nos contacten)
(no quiero|no deseo|no deseamos|no queremos) (volver a|) (recibir|ser contactado|ser contactada|que me contacten|que me escriban|que nos contacten|más)
no (me|nos) (vuelva|vuelvan|vuelvas|escriba|escriban|escribas|contacte|contacten|contactes|envíe|envíen|envíes|mande|manden|molesten|moleste|llame|llamen)
(deje|dejen|deja|dejad) de (enviar|enviarme|escribir|escribirme|contactar|contactarme|mandar|mandarme|molestar|molestarme|llamar|enviarnos|escribirnos|contactarnos)
(no más|ni un) (correos|correo|emails|mensajes|mails|publicidad)
(déjeme|déjenme|déjame|déjennos|dejadme) (en paz|tranquilo|tranquila)
(derecho|derechos) (de|al|arco) (supresión|oposición|olvido|acceso)
(artículo|art) (15|17|21)
(ante|a) la (agencia española de protección de datos|aepd|agencia)
(mi abogado|mi abogada|nuestro abogado|nuestra abogada|acciones legales|denunciar|denuncia|denunciaré|denunciaremos)
~aepd
(esto es|es) (spam|acoso)
(correo|correos) no (deseado|deseados|solicitado|solicitados)
~spam
~baja
""",
    "left_company": """
ya no (trabaja|trabajo|está|forma|pertenece|labora|se encuentra) (en|aquí|con|parte|a|más|para|ya|entre) …
ya no (trabaja|trabajo|labora)
(ha|he|se ha) (dejado|abandonado|jubilado|retirado) (la empresa|la compañía|la organización|el puesto|)
~(dejó|se jubiló|falleció|causó baja)
""",
    "out_of_office": """
(fuera|ausente) (de la oficina|del despacho|de mi oficina|hasta|del|desde)
~(de|estoy de|estaré de|estoy en) (vacaciones|baja médica|baja|permiso|licencia|baja por maternidad|viaje)
(estaré|estoy|me encuentro|me encontraré) (ausente|fuera)
(vuelvo|volveré|regreso|regresaré|me reincorporo|me reincorporaré|estaré de vuelta) (el|a|en|la)
(acceso limitado) (al|a mi)
(oficina|oficinas|empresa) (permanecerá|permanecerán|estará|estarán|está) cerrad*
""",
    "auto_reply": """
(respuesta|mensaje|correo) (automática|automático|generado|generada)
(hemos recibido|recibimos) (su|tu|correctamente su) (mensaje|correo|solicitud|consulta|petición)
(su|tu) (solicitud|consulta|mensaje|petición|incidencia) ha sido (recibida|recibido|registrada|registrado)
(número de|nº de) (ticket|caso|incidencia|expediente)
(acuse de recibo|confirmación de lectura)
(este buzón|esta cuenta|esta dirección|este correo) no (es|está|se) …
no responda a este (mensaje|correo|email)
(mi nueva dirección|nueva dirección de correo)
""",
    "meeting_request": """
(agendar|agendamos|agendemos|programar|programamos|concertar|concertamos|organizar|fijar|coordinar|tener|hacer|hacemos|planificar|convocar) (una|un|la|el) (reunión|llamada|cita|videollamada|call|demo|encuentro|sesión|hueco)
(una|la) (reunión|llamada|cita|videollamada) (el|la|para|esta|sería|próxima|de|a las|breve)
(llámame|llámeme|llámenme|llamadme|me puede llamar|me puedes llamar|puede llamarme|puedes llamarme)
(podemos|podríamos|puede|podría) (hablar|reunirnos|vernos|llamarnos|quedar|tener una|hacer una)
(hablamos|nos vemos|quedamos) (el|la|mañana|lunes|martes|miércoles|jueves|viernes|entonces|esta)
(me|nos) (viene|va|vendría|iría|queda) (bien|perfecto|mejor|genial)
(lunes|martes|miércoles|jueves|viernes) … (me viene|me va|puedo|podría|a las|por la)
(qué|cuándo) (disponibilidad|día|hora|horario|horarios) …
(cuándo|cuando) (le|te) (viene|va|vendría|queda) …
(cuándo|cuando) (podemos|podríamos|puedes) (hablar|vernos|llamar|reunirnos|quedar)
(estoy|estaré|estamos|tengo) (disponible|libre|disponibilidad|disponibles|hueco)
(envíe|envía|envíeme|envíame|mándeme|mándame|mande|manda|enviar|enviarme) … (invitación|convocatoria|enlace)
~(mi número|mi móvil|mi teléfono|mi celular)
~reunión
~llamada
""",
    "referral": """
(contacte|contacta|contacten|hable|habla|comuníquese|póngase en contacto|escriba|escríbale|diríjase|consulte|ponte en contacto) (con|a) (mi|nuestro|nuestra|el|la|mis|nuestros|d|don|doña|sr|sra) …
(persona|contacto|responsable|encargado|encargada) (adecuada|adecuado|correcta|correcto|indicada|indicado|de esto|de este|es|sería) …
(es|sería|son) (el|la|los|quien|quienes) (responsable|encargado|encargada|que lleva|que gestiona|lleva|se encarga|gestiona|persona) …
(se encarga|se ocupa|lleva estos|lleva este|gestiona estos) …
~(reenvío|reenviado|he reenviado|he pasado|le paso|lo paso|paso|remito|reenvié|derivo|he trasladado|traslado) (su|tu|este|el|a|al|la|esto) …
(en copia|con copia|en cc)
""",
    "wrong_person": """
(no soy|no es) (la persona|el responsable|la responsable|el adecuado|el contacto|quien|mi área|mi departamento|mi competencia) …
(persona|contacto|dirección|destinatario) (equivocada|equivocado|incorrecta|incorrecto|errónea|erróneo)
(se ha|te has|se han) (equivocado|confundido)
no (tengo|tiene) nada que ver
""",
    "not_now": """
(ahora|en este momento|de momento|por ahora|por el momento|actualmente) (no|mismo no|estamos|estoy)
no (es|ahora|en este|es el|es un) (el|buen|momento|ahora|mejor|prioridad|una prioridad) …
(contácteme|contáctame|escríbame|escríbeme|llámeme|contacte|contacta|vuelva|vuelve|retomemos|retomamos|hablemos|hablamos|recontacte|vuelva a|vuelve a) … (en|después|dentro|más adelante|el próximo|a partir|pasado|tras|septiembre|enero)
(más adelante|el próximo año|el año que viene|el próximo trimestre|próximo ejercicio|después del verano|después de verano|a la vuelta de)
(dentro de|en) (unos|dos|tres|cuatro|seis|2|3|6) meses
(muy|demasiado) (ocupado|ocupada|ocupados|liado|liada|liados)
~más adelante
~por ahora
~de momento
""",
    "objection_price": """
(demasiado|muy|bastante) (caro|cara|caros|costoso|costosa|elevado)
(no|sin|no tenemos|no hay|no disponemos de) (tenemos|hay|disponemos de|contamos con|) (presupuesto|dinero|fondos)
presupuesto (está|es|congelado|limitado|agotado|cerrado|muy)
(recorte|recortes|congelación) (de|del) (gasto|gastos|presupuesto)
(precio|precios|coste|costo) (es|son|está) … (alto|altos|elevado|elevados|excesivo)
(más barato|más económico)
~presupuesto
~precio
""",
    "objection_competitor": """
ya (tenemos|contamos|trabajamos|usamos|utilizamos|disponemos|tengo|uso|disponemos|estamos) (con|de|un|una|otro|otra|nuestro|proveedor|cubierto|cubierta|trabajando|solución) …
(contentos|satisfechos|contento|satisfecho|contentas|satisfechas) con (nuestro|nuestra|el|la|lo|nuestros)
(otro|actual|nuestro|nuestro actual) proveedor
~(lo hacemos|lo gestionamos|lo desarrollamos|internamente|de forma interna)
(acabamos de) (firmar|contratar|renovar|elegir|cambiar)
(contrato) (en vigor|vigente|con|hasta)
""",
    "objection_authority": """
(no|no lo) (decido|puedo decidir|está en mi mano|depende de mí|es mi decisión|tengo autoridad|tomo)
(central|sede|dirección|matriz|casa matriz|consejo|junta|grupo) (decide|deciden|toma|quien|la que|tiene que|debe)
(decide|deciden|se decide|lo decide) (la|el|en) (central|sede|dirección|matriz|casa matriz|consejo|junta|grupo)
(licitación|licitaciones|concurso público)
""",
    "objection_other": """
(demasiado|muy) (pequeño|pequeña|pequeños|grande|grandes)
no (encaja|aplica|es compatible|se adapta|se ajusta|cumple|funciona|sirve) …
(mala|malas) (experiencia|experiencias)
(no me|no nos|no estoy|no estamos) (convence|fiamos|convencido|convencida|fío)
(razones|motivos|políticas) de seguridad
""",
    "not_interested": """
no (me|nos|estoy|estamos|) (interesa|interesado|interesada|interesados|interesan|interesadas)
(no|sin) (tenemos|tengo|hay|) (interés|necesidad)
no (lo|) (necesitamos|necesito|requerimos)
no gracias
gracias, pero no
no es (para nosotros|para mí|lo que buscamos)
~(declino|declinamos|rechazamos)
""",
    "question": """
(cuánto|cuanto|cuál|cual|cuáles) (cuesta|costaría|es|son|sería|vale|tarda|tiempo|seria) …
~(cómo|como) (funciona|se|consiguió|han conseguido|obtuvo|lo|ha obtenido|es el)
(qué|que) (precio|coste|incluye|diferencia|ofrece|clientes|referencias|integraciones|garantías|ventajas|hace)
(puede|podría|puedes|podrías|pueden) (explicar|explicarme|decirme|indicarme|aclarar|aclararme|confirmar|confirmarme|detallar|explicarnos|decirnos|indicarnos)
(tienen|tienes|tiene|ofrecen|se integra|es compatible|cumple|cumplen) … (integración|certificación|soporte|con|rgpd|iso|experiencia)
(de dónde|dónde) (ha|han|sacó|sacaron|obtuvo|has|tienen)
(una|algunas|un par de|dos) (pregunta|preguntas|duda|dudas|consulta)
~pregunta
~duda
""",
    "interested": """
(estoy|estamos|estaría|estaríamos|podría estar) (muy|) (interesado|interesada|interesados|interesadas)
~(me|nos) (interesa|interesaría|parece interesante|gustaría saber|gustaría recibir|gustaría conocer)
(suena|parece|es|resulta) (muy|) (interesante|bien, envíe|prometedor)
(envíe|envíen|envía|envíeme|envíame|mándeme|mándame|envíenos|mande|puede enviarme|puedes enviarme|pueden enviarme|enviar|remita) … (información|info|documentación|folleto|presentación|detalles|catálogo|dossier)
más (información|info|detalles|datos)
(saber|conocer) más
(sí|claro|por supuesto|adelante), (por favor|claro|adelante|gracias|me)
~interesante
~interesa
""",
    "other": """
~gracias
""",
    "legal": """
(aepd|agencia española de protección de datos|mi abogado|nuestro abogado|acciones legales|demanda)
(artículo|art) (15|17|21)
derecho (de|al) (supresión|oposición|olvido|acceso)
""",
    "hostile": """
(mierda|idiota|idiotas|imbécil|acoso|sinvergüenza|sinvergüenzas|estafa|estafadores|pesados)
""",
    "complaint": """
(denunciar|denuncia|denunciaré|reportar|reportaré|marcar) … (spam|aepd|correo no deseado|ante)
(presentar|presentaré) una (denuncia|queja|reclamación)
""",
    "company": """
(todas|todos) (nuestras|nuestros|las|los) (direcciones|correos|empleados|compañeros)
(toda|todo) (nuestra|nuestro|la|el) (empresa|dominio|organización)
nadie (aquí|en nuestra|de nuestra)
""",
}
