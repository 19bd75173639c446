"""The words that Mintlify itself prints around fields, in other languages, as the English ones."""

from __future__ import annotations

import re

_HEADINGS = {
    "Authorizations": "授权|授權|认证|autorizaciones|autorización|autorisations?|autorizações|autorização|"
    "autorisierungen|"
    "autorisierung|authentifizierung|autorizzazioni|認証|承認|인증|авторизация|autenticación|autenticação|"
    "authentification",
    "Headers": "请求头(?:参数)?|標頭|头部参数|encabezados|cabeceras|en-têtes|cabeçalhos|"
    "kopfzeilen|intestazioni|ヘッダー|헤더|"
    "заголовки|parámetros de (?:encabezado|cabecera)",
    "Path Parameters": "路径参数|路徑參數|parámetros de (?:la )?ruta|paramètres (?:de chemin|d['’]url)|"
    "parâmetros de (?:caminho|"
    "rota)|pfadparameter|pfad-parameter|parametri (?:del|di) percorso|パスパラメータ|パスパラメーター|경로 매개변수|"
    "경로 파라미터|параметры пути",
    "Query Parameters": "查询参数|查詢參數|parámetros de consulta|paramètres de requête|parâmetros de consulta|"
    "parâmetros de query|abfrageparameter|query-parameter|parametri (?:di|"
    "della) query|クエリパラメータ|クエリパラメーター|"
    "쿼리 매개변수|쿼리 파라미터|параметры запроса",
    "Body": "请求体(?:参数)?|请求正文|主体|請求主體|正文|cuerpo(?: de la (?:solicitud|"
    "petición))?|corps(?: de la requête)?|"
    "corpo(?: da (?:requisição|solicitação)| della richiesta)?|anfragetext|"
    "anfragekörper|ボディ|リクエストボディ|본문|"
    "요청 본문|тело(?: запроса)?",
    "Response": "响应|返回(?:值|结果|参数)?|回應|响应参数|respuesta|réponse|resposta|antwort|"
    "risposta|レスポンス|응답|ответ",
    "Errors": "错误码?|错误代码|errores|erreurs|erros|fehler|errori|エラー|오류|ошибки",
}  # fmt: skip
_FLAGS = {
    "required": "必填|必需|必选|必須|requerido|obligatorio|requis|obligatoire|obrigatório|erforderlich|richiesto|"
    "obbligatorio|"
    "필수|обязательно|обязательный",
    "optional": "可选|可選|选填|opcional|optionnel|facultatif|facoltativo|任意|선택(?: 사항)?|необязательно",
    "deprecated": "已弃用|已棄用|obsoleto|déprécié|obsolète|veraltet|deprecato|非推奨|더 이상 사용되지 않음|устарело",
    "Show child attributes": "显示子属性|顯示子屬性|mostrar atributos secundarios|afficher les attributs enfants|"
    "mostrar atributos filhos|untergeordnete attribute anzeigen|子属性を表示|하위 속성 표시",
    "Hide child attributes": "隐藏子属性|隱藏子屬性|ocultar atributos secundarios|masquer les attributs enfants|"
    "ocultar atributos filhos|untergeordnete attribute ausblenden|子属性を非表示|하위 속성 숨기기",
    "Was this page helpful?": "(?:此页面|此頁面|本页面?|这个页面)对您有(?:帮助|用)吗？?|¿esta página le ayudó\\?|"
    "cette page vous a-t-elle été utile ?\\?|esta página foi útil\\?|war diese seite hilfreich\\?|"
    "このページは役に立ちましたか？?|이 페이지가 도움이 되었나요\\?",
}  # fmt: skip
_LABELS = {
    "default:": "默认值|默认|預設值|predeterminado|por defecto|valor por defecto|"
    "par défaut|padrão|standardwert|standard|"
    "predefinito|デフォルト|기본값|по умолчанию",
    "Available options: ": "可用选项|可选项|可用選項|opciones disponibles|options disponibles|opções disponíveis|"
    "verfügbare optionen|opzioni disponibili|利用可能なオプション|사용 가능한 옵션|доступные варианты",
    "Required range: ": "必填范围|取值范围|要求范围|rango requerido|plage requise|"
    "intervalo (?:obrigatório|necessário)|"
    "erforderlicher bereich|intervallo richiesto|必須範囲|필수 범위",
    "Example: ": "示例|範例|ejemplo|exemple|exemplo|beispiel|esempio|例|예시|пример",
}  # fmt: skip
_WHOLE = {re.compile(pattern, re.IGNORECASE): word for word, pattern in (_HEADINGS | _FLAGS).items()}
_BEFORE = {re.compile(rf"(?:{pattern})\s?[:：]\s*", re.IGNORECASE): word for word, pattern in _LABELS.items()}
_ANY = re.compile(
    "|".join(f"(?:{part})" for part in (*_HEADINGS.values(), *_FLAGS.values(), *_LABELS.values())), re.IGNORECASE
)
_LONGEST = 80
# Copies glue the flags to the type word: `stringheader必填`, `enum<string>默认值:A必填`.
_GLUED = re.compile(
    r"((?:string|integer|number|boolean|object|array|any|null|file|enum)(?:<[^<>]{1,40}>)?(?:\[\])*(?: \| null)?)"
    rf"(path|query|header|cookie|body)?(?:(?:{_LABELS['default:']}|default)\s?[:：]\s*(?P<default>.{{1,100}}?))?"
    + "".join(f"(?P<{word}>{_FLAGS[word]})?" for word in ("required", "optional", "deprecated"))
    + r"\Z",
    re.IGNORECASE,
)


def english(text: str) -> str:
    """Returns a heading, a flag or a label of another language with the English word; other text as it is."""
    if not text.isascii() and len(text) < 2 * _LONGEST and (glued := _GLUED.match(text)):
        flags = [word for word in ("required", "optional", "deprecated") if glued.group(word)]
        default = [f"default:{glued.group('default')}"] if glued.group("default") else []
        return "".join([glued.group(1), glued.group(2) or "", *default, *flags])
    if not _ANY.match(text):
        return text
    if len(text) <= _LONGEST:
        bare = text.rstrip(":：").strip()
        for pattern, word in _WHOLE.items():
            if pattern.fullmatch(bare):
                return word
    for pattern, word in _BEFORE.items():
        if match := pattern.match(text):
            return (word + text[match.end() :]).rstrip()
    return text
