"""The words that a help-centre page is divided by: sections' headings, captions, statuses, the date, navigation."""

from __future__ import annotations

import re

_SECTIONS = {
    "request example": (
        r"(?:example|sample)s? (?:of )?(?:the )?(?:api )?requests?(?: messages?| body)?|requests? (?:message )?"
        r"(?:examples?|samples?)(?: \w+)?|examples? .{1,60}: (?:json )?requests?|"
        r"请求(?:消息|参数|体)?(?:示例|样例)|body示例"
    ),
    "response example": (
        r"(?:example|sample)s? (?:of )?(?:the )?(?:api )?(?:success(?:ful)? )?responses?(?: messages?| body)?|"
        r"(?:success(?:ful)? )?responses? (?:message )?(?:examples?|samples?)(?: \w+)?|"
        r"examples? .{1,60}: (?:json )?responses?|(?:正常|成功)?(?:响应|"
        r"返回)(?:消息|参数|体)?(?:示例|样例)"
    ),
    "example": r"examples?|samples?|示例|样例|调用示例|示例代码",
    "uri": (
        r"(?:api |request )?(?:uri|url|path)s?(?: format| parameters?)?|request (?:line|method|path)|calling method|"
        r"http (?:request|method).*|endpoints?|(?:请求|接口)?(?:uri|url)(?:格式)?|请求(?:方法|路径|行|地址)|"
        r"接口(?:格式|约束|地址)|调用方法|路径参数"
    ),
    "request": (
        r"(?:http )?(?:api )?requests?(?: \(?(?:message|body|header|query|path|parameters?|params|elements?|"
        r"syntax)s?\)?){0,2}|"
        r"input(?: parameters?)?|请求(?:消息|参数|体|头|元素)?(?:头|体)?(?:参数)?|输入参数|入参"
    ),
    "response": (
        r"(?:normal |success(?:ful)? )?(?:http )?responses?(?: \(?(?:message|body|header|parameters?|params|"
        r"elements?|"
        r"syntax)s?\)?){0,2}|(?:output|return(?:ed)?)(?: (?:parameters?|results?))?|响应(?:消息|参数|体|头|"
        r"元素)?(?:头|体)?(?:参数)?|返回(?:参数|结果|消息)|输出参数|出参"
    ),
    "status": r"(?:http )?(?:status|return(?:ed)?|response) (?:codes?|values?)|状态码|返回值|返回码",
    "errors": r"error(?: \w+)? codes?|error responses?|错误码|异常返回码",
    "description": (
        r"(?:api |function(?:al)? )?(?:functions?|descriptions?|introduction)|overview|功能(?:介绍|描述|说明)|"
        r"接口(?:描述|说明|功能|介绍)|描述|功能"
    ),
    "aside": (
        r"(?:notes? and )?constraints?|restrictions?|prerequisites?|debugging|authorization(?: information)?|"
        r"api calling|"
        r"authentication|permissions?|sdk sample code|约束(?:与|和)?限制|约束|前提条件|调试|授权信息|调用方式|"
        r"使用说明|约束说明|sdk代码示例"
    ),
}
_HEADINGS = tuple((name, re.compile(words, re.IGNORECASE)) for name, words in _SECTIONS.items())
_CAPTION = re.compile(
    r"(?:Table|表格?)\s*([\d.-]{1,12})\s*[:.：]?\s*(?!describes|lists|shows|is\b|describe\b|provides)(.*)",
    re.IGNORECASE,
)
STATUS = re.compile(
    r"(?P<word>[A-Za-z ]{0,40}?(?:response|result)?[.:]? ?|"
    r"[正常成功失败异常响应返回,，.。:： ]{0,20})(?:http )?(?:status code|response code|"
    r"return code|状态码|返回码)(?: is|为)?\s*[:：]?\s*(?P<code>[1-5](?:\d\d|xx))\b.{0,60}",
    re.IGNORECASE,
)
# Labels within a cell, each on a line of its own, that begin a section elsewhere.
LABEL = re.compile(r"Constraints?|Restrictions?|约束限制|约束", re.IGNORECASE)
SHOWS = re.compile(r"(?:this|the following|the) table (?:shows|lists|describes|contains) ", re.IGNORECASE)
PART = re.compile(
    r"(?:http )?(?:request |response )?(?:path|query|headers?|body)(?: (?:parameters?|fields?))?|"
    r"(?:请求|响应)?(?:路径|查询|query|path|header|body|头|体|消息头|消息体)(?:参数)?",
    re.IGNORECASE,
)
NAMED = re.compile(
    r"(?:(?P<good>normal|success\w*|正常|成功)|abnormal|fail\w*|errors?|异常|失败|错误)?\s*[:：]?\s*(?P<code>[1-5]\d\d)"
    r"(?: [A-Z][\w -]{1,40})?",
    re.IGNORECASE,
)
PROTOCOL = re.compile(r"HTTP/\d(?:\.\d)?\s+([1-5]\d\d)\b")
CODES = re.compile(
    r"(?P<kind>normal|success|"
    r"error)\w* response codes?\s*[:：]?\s*(?P<codes>.*\d{3}.*)",
    re.IGNORECASE,
)
EDITION = re.compile(
    r"(?:updated|modified|release[ds]?|更新|发布)[^\d]{0,20}(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})", re.IGNORECASE
)
NAVIGATION = re.compile(
    r"(?:\*\*)?(?:parent topic|previous topic|next topic|previous|next|view pdf|share|feedback|help center|"
    r"was this page "
    r"helpful|copied|copy|父主题|上一篇|下一篇|查看pdf|分享|意见反馈|帮助中心)\b.{0,80}",
    re.IGNORECASE,
)  # fmt: skip
LINK = re.compile(
    r"(?:for (?:more )?details[, ]|see |refer to |请参见|详情请参|参见|"
    r"具体请参).{0,200}",
    re.IGNORECASE,
)
_PARTS = (
    (
        "",
        re.compile(
            r"\bfields?\b|\bstructure|\bobjects?\b|\belements? of|data type|字段|结构|对象|数据类型",
            re.IGNORECASE | re.ASCII,
        ),
    ),
    ("query", re.compile(r"\bquery|查询", re.IGNORECASE | re.ASCII)),
    ("path", re.compile(r"\bpath\b|\bur[il]\b.*param|\bur[il]\b|路径", re.IGNORECASE | re.ASCII)),
    ("header", re.compile(r"\bheaders?\b|消息头|请求头|响应头", re.IGNORECASE | re.ASCII)),
    ("body", re.compile(r"\bbody\b|\bform-?data\b|表单|消息体|请求体|响应体", re.IGNORECASE | re.ASCII)),
    (
        "any",
        re.compile(
            r"(?:(?:request|response|input|output|returned|common|api)\s+)?(?:message\s+)?(?:parameters?|"
            r"elements?|params)"
            r"(?:\s+(?:description|list))?(?:\s*[(（].*[)）])?|(?:request|"
            r"response)s?(?: message)?(?:\s*[(（].*[)）])?|parameters? description|"
            r"description of (?:request |response )?parameters|(?:request|response) parameters? .*|"
            r"(?:description of )?(?:parameters?|elements?) (?:in|of|for) (?:the |an? )?(?:requests?|responses?)"
            r"(?: message)?|"
            r"(?:请求|响应|返回|输入|输出)?(?:消息)?(?:参数|要素|元素)(?:说明|描述|列表)?(?:\s*[(（].*[)）])?",
            re.IGNORECASE | re.ASCII,
        ),
    ),
)


def section(text: str) -> str:
    """Returns which section a heading of this text begins, or an empty text; no heading begins with a small letter."""
    if len(text) > 80 or text[:1].islower():
        return ""
    word = re.sub(r"\A[\d.]+\s+|[\s:：*#]+\Z|\A[*#\s]+", "", text)
    return next((name for name, pattern in _HEADINGS if word and pattern.fullmatch(word)), "")


def caption(text: str) -> tuple[str, str] | None:
    """Returns a table's number and title where the text is its caption."""
    match = _CAPTION.fullmatch(" ".join(text.split())) if len(text) < 300 else None
    return (match.group(1).rstrip("."), match.group(2).strip(" *")) if match else None


def part(caption_title: str) -> str:
    """Returns where a caption puts a table's fields: path, query, header, body, `any` (unsaid), or nothing: nested."""
    title = re.sub(r"[*`]", "", caption_title).strip()
    if not title:
        return "any"
    for name, pattern in _PARTS:
        if pattern.fullmatch(title) if name == "any" else pattern.search(title):
            return name
    return ""
