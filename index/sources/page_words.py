"""How pages that are no articles speak: in English, German, French, Spanish and Ukrainian."""

import re


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases), re.IGNORECASE)


ERROR_TITLE = _any(
    r"(?:http )?(?:error|fehler|erreur|помилка)?[\s:]*\b(?:40[0-9]|410|429|45[01]|50[0-9])\b"
    r"(?:[\s:.,–—-]*(?:error|(?:page |file )?not found|forbidden|unauthorized|gone|access denied"
    r"|too many requests|bad request|bad gateway|service (?:temporarily )?unavailable"
    r"|internal server error|gateway time-?out|seite nicht gefunden|page (?:introuvable"
    r"|non trouvée)"
    r"|página no encontrada|сторінк[уа] не знайден[оа]))?[\s!.]*",
    r"(?:oops|sorry|ups|hoppla|oups)?[\s!.,:]*(?:this |that |the |die |la |cette )?"
    r"(?:page|seite|página|сторінк[уа])(?: you requested)?"
    r"[\s:]*(?:(?:was |is |could |can)?\s?not (?:be )?(?:found|available)|cannot be found"
    r"|doesn['’]t exist"
    r"|(?:wurde |konnte )?nicht gefunden(?: werden)?|(?:est )?introuvable|non trouvée|no encontrada"
    r"|не знайден[оа])[\s!.]*",
    r"not found|nicht gefunden|no encontrad[oa]|не знайдено",
    r"access (?:denied|forbidden|to this page has been denied)|forbidden|zugriff verweigert"
    r"|accès (?:refusé|interdit)|acceso (?:denegado|prohibido)|доступ (?:заборонено|обмежено)",
    r"(?:service (?:temporarily )?unavailable|bad gateway|internal server error|server error"
    r"|site (?:is )?(?:under|down for) maintenance|gateway time-?out)[\s!.]*",
)
ERROR = _any(
    r"the page (?:that )?you(?:['’]re| are| were|['’]ve| have)? (?:looking|requested|trying|tried)",
    r"(?:page|url|link) (?:you followed |you entered )?(?:may have|has|might have) (?:been )?"
    r"(?:moved|removed|deleted|expired)",
    r"you (?:don['’]t|do not) have permission to (?:access|view)",
    r"the requested url .{0,100}was not found",
    r"die (?:von ihnen )?(?:gesuchte|angeforderte|aufgerufene) seite",
    r"la page (?:que vous (?:cherchez|recherchez|demandez|avez demandée)|demandée)",
    r"la página que (?:buscas|busca|intenta|estás buscando|ha solicitado)",
    r"сторінк[уаи],? (?:яку ви шукаєте|яку ви запитали|за цією адресою)",
)
CHALLENGE_TITLE = _any(
    r"\W*(?:just a moment|attention required|one more step|robot check|pardon our interruption"
    r"|are you (?:a )?(?:robot|human)|security check|human verification|verifying you are human"
    r"|captcha|ddos-guard|einen moment|un instant|un momento|перевірка безпеки)\W*(?:$|\W)"
)
CHALLENGE = _any(
    r"verify (?:that )?you(?:['’]re| are) (?:not a robot|a? ?human)",
    r"checking (?:if the site connection is secure|your browser)",
    r"unusual (?:traffic|activity) from your",
    r"confirm (?:that )?you(?:['’]re| are) (?:not a robot|a? ?human)",
    r"complete the (?:security check|captcha)",
    r"bestätigen sie,? dass sie (?:kein roboter|ein mensch)",
    r"vérifi(?:er|ez|ons) que vous (?:n['’]êtes pas un robot|êtes (?:un )?humain)",
    r"(?:confirma|verifica|demuestra|compruebe?) que no eres un robot|que usted no es un robot",
    r"підтвердьте,? що ви (?:не робот|людина)",
)
CHALLENGE_SCRIPT = _any(
    r"recaptcha|hcaptcha|challenge-platform|captcha-delivery|turnstile|challenge-form|px-captcha"
)
_SCRIPTS = r"java ?script"
NEEDS_SCRIPTS = _any(
    rf"(?:enable|activate|turn on|allow|requires?|needs?|without) {_SCRIPTS}",
    rf"{_SCRIPTS} (?:is|must be|to be|has been|seems to be) (?:\w+ )?(?:disabled|enabled|required)",
    rf"aktivieren sie (?:bitte )?{_SCRIPTS}|{_SCRIPTS} (?:ist|muss|bitte) (?:\w+ ){{0,3}}aktivier",
    rf"(?:activer|activez|nécessite) {_SCRIPTS}|{_SCRIPTS} est désactivé",
    rf"(?:habilit[ae]r?|activ[ae]r?|requiere) {_SCRIPTS}",
    rf"(?:увімкніть|увімкнути|потрібен|потребує) {_SCRIPTS}",
)
CONSENT = _any(
    r"\b(?:we|and our \w*\s?partners) (?:use|store|process|may use|value your privacy)[^.!?]{0,60}"
    r"(?:cookies|privacy|data|device)",
    r"our (?:[\d,. ]+ )?(?:partners|vendors)",
    r"(?:accept|reject|allow|refuse|decline) (?:all|cookies|and (?:close|continue))",
    r"(?:manage|change|set|withdraw|review) (?:your )?(?:\w+ )?"
    r"(?:preferences|choices|options|settings|consent)",
    r"cookie (?:settings|preferences|policy|notice|consent)|privacy (?:policy|settings|notice"
    r"|centre)",
    r"(?:by|when) (?:clicking|continuing|using|pressing)",
    r"legitimate interests?|strictly necessary|personali[sz]ed (?:ads|advertising|content)",
    r"your (?:consent|privacy|choices|personal data)|consent to",
    r"wir (?:verwenden|nutzen|setzen)[^.!?]{0,40}cookies|unsere (?:[\d.]+ )?partner",
    r"(?:alle|cookies) (?:akzeptieren|ablehnen|annehmen)|ihre (?:einwilligung|zustimmung"
    r"|privatsphäre)",
    r"cookie-(?:einstellungen|richtlinie)|datenschutz(?:erklärung|einstellungen)"
    r"|berechtigtes interesse",
    r"(?:mit|durch) (?:werbung|klick auf|der nutzung)|zwecke? anpassen"
    r"|personalisierte (?:werbung|anzeigen)",
    r"nous (?:utilisons|et nos)[^.!?]{0,60}(?:cookies|partenaires)|nos (?:[\d ]+ )?partenaires",
    r"(?:tout|tous) (?:accepter|refuser)|accepter et (?:fermer|continuer)|continuer sans accepter",
    r"paramétrer|gérer (?:mes|vos) (?:choix|préférences)|votre (?:consentement|vie privée)"
    r"|politique de (?:cookies|confidentialité)|en cliquant",
    r"(?:utilizamos|usamos|nosotros y nuestros)[^.!?]{0,60}(?:cookies|socios)"
    r"|nuestros (?:[\d.]+ )?socios",
    r"(?:aceptar|rechazar) (?:todo|todas|cookies|y)|(?:tu|su) (?:consentimiento|privacidad)"
    r"|política de (?:cookies|privacidad)|configurar|al (?:hacer clic|continuar)",
    r"ми (?:та наші партнери )?використовуємо[^.!?]{0,60}(?:cookie|куки)|наші (?:\d+ )?партнери",
    r"(?:прийняти|відхилити) (?:все|всі|усі)|політик[аиу] (?:конфіденційності|cookie)"
    r"|ваш(?:у|а|ої) (?:згод\w+|конфіденційн\w+|приватн\w+)|налаштува\w+ (?:cookie|файлів)"
    r"|натискаючи",
)
CONSENT_ADDRESS = _any(
    r"\b(?:we|our)\b",
    r"\b(?:wir|unsere?n?)\b",
    r"\b(?:nous|nos)\b",
    r"\b(?:utilizamos|usamos|nosotros|nuestr[oa]s?)\b",
    r"\b(?:ми|наші|наш)\b",
)
LOGIN_TITLE = _any(
    r"\W*(?:please |bitte )?(?:log ?in|sign ?in|login|anmelden|anmeldung|einloggen"
    r"|(?:se )?connecter"
    r"|connexion|identification|iniciar sesión|inicia sesión|acceder|увійти|вхід|авторизація)"
    r"(?: (?:to|or|with|bei|mit|à|en|на|до|required)\b.{0,60})?\W*"
)
LOGIN = _any(
    r"forgot(?:ten)? (?:your )?(?:password|username)|(?:log|sign) ?in|remember me"
    r"|create an? account",
    r"passwort vergessen|anmelden|einloggen|mot de passe oublié|se connecter|connexion",
    r"(?:has |¿)?olvid\w+ (?:la|tu|su) contraseña|iniciar sesión|забули пароль|увійти|авторизація",
)
PAYWALL = _any(
    r"(?:subscribe|sign in|log in|register|sign up|pay|join)[^.!?\n]{0,40} to "
    r"(?:continue|keep|read|finish|unlock|access|view)\b",
    r"to (?:continue reading|read (?:the (?:rest|full)|more of|this (?:full )?(?:article|story))"
    r"|unlock)"
    r"[^.!?\n]{0,60}(?:subscri|sign|log|regist|account|member|plan|\.|$)",
    r"already (?:a |have a )(?:subscriber|member|subscription)",
    r"(?:article|content|story|page) is (?:only )?(?:available |reserved |exclusively |exclusive )*"
    r"(?:only )?(?:to|for) (?:\w+ )?(?:subscribers|members)",
    r"(?:for|to) (?:paying )?subscribers only|subscriber[- ](?:only|exclusive)"
    r"|premium (?:article|content)",
    r"you(?:['’]ve| have) (?:reached|used|read) (?:your|all|the)[^.!?\n]{0,40}(?:articles?|limit)",
    r"(?:start|begin) your (?:free )?trial|unlock (?:this|the full|unlimited)|subscribe now",
    r"continue reading|read the full (?:story|article)",
    r"(?:weiterlesen|lesen sie weiter) (?:mit|nach|im)|(?:nur|exklusiv) für (?:\w+ )?abonnenten"
    r"|jetzt (?:abonnieren|weiterlesen|testen)|sie haben bereits ein (?:abo|konto)"
    r"|diesen (?:artikel|beitrag) (?:weiter)?lesen|mit (?:einem )?(?:\w+-)?abo (?:weiter)?lesen",
    r"(?:article|contenu) (?:est )?réservé aux abonnés|il vous reste [\d,.]+ ?%|déjà abonné"
    r"|abonnez-vous (?:pour|à)|pour (?:lire la suite|continuer (?:à lire|la lecture))",
    r"(?:exclusivo|solo|sólo) para (?:suscriptores|socios)|suscríbete (?:para|y)|ya eres suscriptor"
    r"|para (?:seguir|continuar) leyendo",
    r"(?:лише|тільки) для (?:\w+ )?(?:передплатників|підписників)|(?:передплатіть"
    r"|оформіть передплату)"
    r"|щоб (?:читати далі|продовжити читання|прочитати повністю)|вже передплатник",
)
CLOSED = re.compile(r'"isAccessibleForFree"\s*:\s*"?false', re.IGNORECASE)
