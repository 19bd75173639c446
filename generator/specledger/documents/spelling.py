"""Which characters a sentence allows, as a pattern."""

from __future__ import annotations

import re

from specledger.yaml12 import JsonObject

_CLASSES = (
    (
        re.compile(
            r"\blower-?case letters?|(?<!大)小写(?:英文)?字母|大小写(?:英文)?字母|"
            r"(?<![大小]写)英文(?:字母|(?=[、，,或和及/]))",
            re.IGNORECASE,
        ),
        "a-z",
    ),
    (
        re.compile(
            r"\bupper-?case letters?|大写(?:英文)?字母|大小写(?:英文)?字母|"
            r"(?<![大小]写)英文(?:字母|(?=[、，,或和及/]))",
            re.IGNORECASE,
        ),
        "A-Z",
    ),
    (re.compile(r"(?<!case )\bletters?\b|(?<![大小]写)(?<!英文)字母", re.IGNORECASE), r"\p{L}"),
    (re.compile(r"\bdigits?\b|\bnumbers\b|数字", re.IGNORECASE), r"\p{Nd}"),
    (re.compile(r"\bunderscores?\b|下划线|(?<=[\s、，,])_(?=[\s、，,;.]|\Z)", re.IGNORECASE), "_"),
    (re.compile(r"\b(?:dots?|periods?|full stops?)\b|英文句号|点号?|句点", re.IGNORECASE), "."),
    (re.compile(r"\bspaces?\b|空格", re.IGNORECASE), " "),
    (re.compile(r"\bcolons?\b|冒号", re.IGNORECASE), ":"),
    (re.compile(r"(?<!back)\bslash(?:es)?\b|(?<!反)斜杠", re.IGNORECASE), "/"),
    (re.compile(r"\bat signs?\b", re.IGNORECASE), "@"),
    (re.compile(r"\bhyphens?\b|\bdash(?:es)?\b|中划线|连字符|连接符|短横线", re.IGNORECASE), "-"),
)
_ONLY = re.compile(
    r"(?:only (?:contain|consist of|include|use|have|be)|contains? only|consists? only of|"
    r"only(?=(?:[^.]|\(\.\)){0,150} (?:is|are) allowed)|"
    r"contains? [^.]{0,30}characters,? (?:including|consisting of)|"
    r"(?:只|仅)(?:支持|允许)(?!以)(?:使用|输入|包含)?|(?:只|仅)(?:能|可以?)?(?:使用|输入|包含|由|含有))(.*)",
    re.IGNORECASE,
)
# A clause that is nothing but an alphabet: `Lowercase letters, digits, and hyphens; at most 40 characters`.
_BARE = re.compile(
    r"(?:\A|[—–] |[a-z]: )((?:lower|upper)-?case letters(?:(?:, (?:and |or )?| and | or )"
    r"(?:numbers|digits|hyphens?|dashes|underscores?|periods?|dots?|spaces?|_|-)(?: ?\([^()\w]\))?){1,6})(?=[,;.]|\Z)",
    re.IGNORECASE,
)
_START = re.compile(
    r"(?:start|begin)(?:s|ing)? with (?:an? )?(.*?)(?=,| and can| and must|and end|$)|以(.{1,20}?)开头", re.IGNORECASE
)
_WRITTEN = re.compile(
    r"(?:\b(?:match(?:es|ing)?|regex|regular expression|pattern)"
    r"(?: (?:the |this )?(?:regular expression|regex|pattern))?|"
    r"正则(?:表达式)?)\s?(?:is|为|[:：])?\s?[\"'“`]?(\^[^\s`]{1,300}\$)",
    re.IGNORECASE,
)
# A sign in quotes: `digits, "-" and "_"`.
_SHOWN = re.compile(r"[\"'“‘`](_|[^\w\s\]\[^\\])[\"'”’`]")
_NEVER = re.compile(
    r"(?:cannot|can't|can not|must not|may not|不能|不可|不允许|不得|禁止)\s?"
    r"(?:contain|include|包含|含有|包括|输入|使用)s?"
    r"(?: any of)?(?: the following)?(?: special)?(?: characters)?(?:以下)?(?:特殊)?(?:字符)?\s?[:：]?\s?(.{1,120})",
    re.IGNORECASE,
)
_MUST_START = re.compile(r"must (?:start|begin) with (?:an? )?[a-z ]{0,30}[(（]([^\w\s)）])[)）]", re.IGNORECASE)
_MUST_START_TEXT = re.compile(
    r"must (?:start|begin) with (?:the prefix )?[\"“`]?"
    r"(\w{0,20}[^\w\s\"”`.,;()（）][^\s\"”`,;()（）]{0,40}?)[\"”`]?(?=[.,;]?(?:\s|\Z))",
    re.IGNORECASE,
)
_CHINESE = re.compile(r"\bChinese\b|中文|汉字", re.IGNORECASE)
_UNSURE = re.compile(
    r"\bexcept\b|\bother than\b|\bspecial characters?\b|特殊字符|等字符|[aA]-[zZ]|\b0-9\b|[?'#&%!][?'#&%!]",
    re.IGNORECASE,
)

_VALID = r"(?:valid|legal|well-formed|correct|有效的?|合法的?|正确的?) ?(?:an? )?"
_FORMATS = tuple(
    (re.compile(pattern, re.IGNORECASE | re.ASCII), word)
    for pattern, word in (
        (
            rf"\b(?<!or )(?:in|an?|{_VALID}|standard|format:?) UUID\b(?! of)|"
            r"(?<!or )(?<!or in )\bUUID (?:format|v[1-8])\b|UUID ?格式|"
            r"(?:标准|有效|合法)的?UUID",
            "uuid",
        ),
        (
            r"\b(?:ISO ?8601|RFC ?3339)\b(?! or\b|.{0,20} duration)|"
            r"(?:\b(?:like|as|format|e\.g\.)[,:]? ?[\"'“`]?)\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|"
            r"[+-]\d\d:\d\d)|yyyy-mm-dd['’]?T['’]?hh:mm:ss(?:[.:]S+)?['’]?(?:Z|X|[+-])",
            "date-time",
        ),
        (r"\byyyy-mm-dd\b(?!['’]?T| ?['’]?hh)", "date"),
        (rf"{_VALID}e-?mail address\b|{_VALID}(?:邮箱|邮件)地址|\be-?mail format\b|邮箱格式", "email"),
        (rf"{_VALID}(?:absolute |HTTPS? |HTTP(?:/| or )HTTPS )?(?:URL|URI)\b", "uri"),
        (rf"{_VALID}IPv4 ?(?:address\b|地址)|\bin IPv4 format\b", "ipv4"),
        (rf"{_VALID}IPv6 ?(?:address\b|地址)|\bin IPv6 format\b", "ipv6"),
    )
)


def spelling(sentence: str) -> JsonObject:
    """Returns the pattern of a sentence such as "starts with a letter and can only contain letters and digits"."""
    written = _WRITTEN.search(sentence)
    if written and compiles(written.group(1)):
        return {"pattern": written.group(1)}
    never = _NEVER.search(sentence)
    if never and (signs := _signs(never.group(1))):
        return {"pattern": f"^[^{signs}]*$"}
    bare = None if _ONLY.search(sentence) else _BARE.search(sentence)
    only = bare or _ONLY.search(sentence)
    if not only and (literal := _MUST_START_TEXT.search(sentence)):
        return {"pattern": f"^{re.escape(literal.group(1))}"}
    if not only and (sign := _MUST_START.search(sentence)):
        return {"pattern": f"^{re.escape(sign.group(1))}"}
    if not only or _UNSURE.search(sentence):
        return {}
    allowed = _class(only.group(1))
    # Chinese characters are letters; where only some letters are meant, no class has these and those.
    if not allowed or (_CHINESE.search(sentence) and r"\p{L}" not in allowed):
        return {}
    start = _START.search(sentence)
    opens = _class(start.group(1) or start.group(2) or "") if start else ""
    if not opens:
        return {"pattern": f"^[{allowed}]{'+' if bare else '*'}$"}
    return {"pattern": f"^{opens if re.fullmatch(r'.p{L}', opens) else f'[{opens}]'}[{allowed}]*$"}


def _signs(text: str) -> str:
    """Returns the signs that a text names, for a class of a pattern; nothing where it says more than signs."""
    named = re.findall(r"[(（]([^\w()（）]{1,20})[)）]", text)
    if not named and not re.fullmatch(r"(?:[^\w]|\b(?:and|or)\b|和|或|及)+", text):
        return ""
    parts = re.split(r"\s+|,|，|、|\b(?:and|or)\b|和|或|及", " ".join(named) if named else text.strip().rstrip(".。"))
    bare = (part[1:-1] if re.fullmatch(r"[\"'“‘].+[\"'”’]", part) and len(part) < 4 else part for part in parts)
    return "".join(dict.fromkeys(re.sub(r"([\]\\^-])", r"\\\1", sign) for part in bare for sign in part))


def _class(text: str) -> str:
    signs = "".join(sign for pattern, sign in _CLASSES if pattern.search(text))
    shown = dict.fromkeys(_SHOWN.findall(text))
    dash = "-" if signs[-1:] == "-" or "-" in shown else ""
    signs = signs.removesuffix("-") + "".join(sign for sign in shown if sign not in f"{signs}-") + dash
    if _CHINESE.search(text) and "a-zA-Z" in signs.replace(r"\p{L}", ""):
        signs = r"\p{L}" + signs.replace(r"\p{L}", "").replace("a-zA-Z", "")
    # Beside letters of one alphabet, digits are that alphabet's.
    return signs if r"\p{L}" in signs or "a-z" not in signs.lower() else signs.replace(r"\p{Nd}", "0-9")


def compiles(pattern: str) -> bool:
    """Says whether a text is a regular expression."""
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return bool(pattern)


def form(sentence: str) -> JsonObject:
    """Returns the format that a sentence asks for, such as `uuid` or `date-time`."""
    return next(({"format": word} for pattern, word in _FORMATS if pattern.search(sentence)), {})
