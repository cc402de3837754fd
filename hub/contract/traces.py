"""What tells a person in running text (文字中的个人信息), as regular expressions that Python and polars read alike.

| text | pattern |
|---|---|
| ``"3208301880年01月01日0002"``, ``"3 2 0 8 3 0 1 8 8 0 0 1 0 1 0 0 0 2"`` | ``BROKEN_IDENTITY_NUMBER`` |
| ``"320830800101001"`` with a day that there is | ``OLD_IDENTITY_NUMBER`` |
| ``"1 3 8 0 0 0 0 0 0 0 0"``, ``"138-000-00000"`` | ``BROKEN_MOBILE_NUMBER`` |
| ``"4111 1111 1111 1111"`` (whether it is a card tells its check digit) | ``CARD_LIKE`` |
| ``"苏H12345"``, ``"苏H·D12345"``, ``"苏ｈ１２３４５"`` | ``PLATE`` |
| ``"0517-88800000"``, ``"（0517）8880 0000"`` | ``LANDLINE`` |
| ``"护照号E12345678"``, ``"台湾居民来往大陆通行证：12345678"`` | ``PASSPORT`` |
| ``"a.b@example.com"`` | ``MAIL`` |
| ``"当事人：张三"``, ``"法定代表人张三，"``, ``"张三（身份证"`` | ``LABELLED_NAME`` |
| ``"张某"``, ``"陈述申辩"``, ``"（2026）第00123号"``, ``"第十二条"``, ``"JY13208300000123"`` | none |

A name is a surname and one or two characters more, where a label says that a person follows and nothing else does.
What begins like a name and is a word (``陈述``, ``许可``) is passed over, and so is who is called 某.
"""

from __future__ import annotations

from collections.abc import Mapping

_D = "[0-9０-９]"
_GAPS = " 　\u00a0\u200b_·－–—‑-"  # what people write between digits
_GAP = f"[{_GAPS}]?"
_WIDER = "[ 　\u00a0\u200b_·－–—‑./年月日-]{0,2}"
_BEFORE, _AFTER = "(?:^|[^0-9０-９])", "(?:[^0-9０-９]|$)"
# Of the number of a document, of an amount, of a longer number or word.
_NOT_IN_NUMBER = "(?:^|[^0-9A-Za-z０-９Ａ-Ｚａ-ｚ.．第〕\\]】）¥￥-])"
_NO_MORE = "(?:[^0-9A-Za-z０-９Ａ-Ｚａ-ｚ号元万亿.．%％-]|[.．][^0-9０-９]|[.．]?$)"


def _spaced(count: int, gap: str = _GAP) -> str:
    """So many digits, with gaps between and before them."""
    return f"(?:{gap}{_D}){{{count}}}"


def _one(digits: str) -> str:
    """One of the digits, in either width."""
    return f"[{digits}{''.join(chr(ord(each) + 0xFEE0) for each in digits)}]"


_DAY = (
    f"(?:(?:{_one('0')}{_one('13578')}|{_one('1')}{_one('02')})(?:{_one('0')}{_one('123456789')}|{_one('12')}{_D}"
    f"|{_one('3')}{_one('01')})|(?:{_one('0')}{_one('469')}|{_one('1')}{_one('1')})(?:{_one('0')}{_one('123456789')}"
    f"|{_one('12')}{_D}|{_one('3')}{_one('0')})|{_one('0')}{_one('2')}(?:{_one('0')}{_one('123456789')}"
    f"|{_one('12')}{_D}))"
)
_PROVINCE = "".join(
    (
        f"(?:{_one('1')}{_one('12345')}|{_one('2')}{_one('123')}|{_one('3')}{_one('1234567')}|{_one('4')}",
        f"{_one('123456')}|{_one('5')}{_one('01234')}|{_one('6')}{_one('12345')}|{_one('7')}{_one('1')}",
        f"|{_one('8')}{_one('123')})",
    )
)

BROKEN_IDENTITY_NUMBER = (
    f"{_BEFORE}{_one('123456789')}{_spaced(5, _WIDER)}{_WIDER}(?:{_one('1')}{_WIDER}{_one('89')}|{_one('2')}{_WIDER}"
    f"{_one('0')}){_spaced(2, _WIDER)}{_WIDER}(?:{_one('0')}{_WIDER}{_one('123456789')}|{_one('1')}{_WIDER}"
    f"{_one('012')}){_WIDER}(?:{_one('012')}{_WIDER}{_D}|{_one('3')}{_WIDER}{_one('01')}){_spaced(3, _WIDER)}{_WIDER}"
    f"[0-9０-９XxＸｘ]{_AFTER}"
)
OLD_IDENTITY_NUMBER = f"{_NOT_IN_NUMBER}{_PROVINCE}{_D}{{4}}{_GAP}{_D}{{2}}{_DAY}{_GAP}{_D}{{3}}{_NO_MORE}"
BROKEN_MOBILE_NUMBER = (
    f"{_NOT_IN_NUMBER}(?:[+＋]?[8８][6６]{_GAP})?{_one('1')}(?:{_one('3456789')}{_D}(?:{_GAP}{_D}{{3}}{_GAP}{_D}{{5}}"
    f"|{_GAP}{_D}{{4}}{_GAP}{_D}{{4}})|{_one('3456789')}{_D}{{2}}{_GAP}{_D}{{3}}{_GAP}{_D}{{4}}"
    f"|[ 　·－-]{_one('3456789')}(?:[ 　·－-]{_D}){{9}}){_NO_MORE}"
)
CARD_LIKE = (
    f"{_NOT_IN_NUMBER}(?:{_D}{{16,19}}|{_D}{{4}}(?:{_GAP}{_D}{{4}}){{3}}(?:{_GAP}{_D}{{1,3}})?"
    f"|{_D}{{6}}{_GAP}{_D}{{10,13}}){_NO_MORE}"
)
MANY_DIGITS = f"{_D}(?:[^\\n]{{0,2}}{_D}){{9}}"  # which all numbers of persons have
BETWEEN_NUMBERS = f"([^0-9０-９{_GAPS}])"
CARD_PREFIX = "^(?:62|81|4|5[1-5]|2[3-6]|22[2-9]|27[01]|35|60|65|95)"  # of the digits alone
_LETTER = "[A-HJ-NP-Za-hj-np-zＡ-ＨＪ-ＮＰ-Ｚａ-ｈｊ-ｎｐ-ｚ0-9０-９]"
_NEW_ENERGY = "[A-HJKa-hjkＡ-ＨＪＫａ-ｈｊｋ]"
PLATE = (
    "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-zＡ-Ｚａ-ｚ][ 　·•.．－-]?"
    f"(?:{_NEW_ENERGY}{_LETTER}{_D}{{4}}|{_D}{{5}}{_NEW_ENERGY}|{_LETTER}{{4}}(?:{_D}|[挂学警港澳试超])"
    f"|{_LETTER}{{3}}{_D}{_LETTER}|{_LETTER}{{2}}{_D}{_LETTER}{{2}})(?:[^0-9A-Za-z０-９Ａ-Ｚａ-ｚ-]|$)"
)
_AREA = f"(?:{_one('1')}{_one('0')}|{_one('2')}{_D}|{_one('3456789')}{_D}{{2}})"
# Eight digits that begin with a year of our time are the number of a document.
_LOCAL = (
    f"(?:{_one('2')}(?:{_one('123456789')}{_D}{{1,2}}|{_one('0')}{_one('456789')}{_D}?)|{_one('3456789')}{_D}{{2,3}})"
    f"[ 　－-]?{_D}{{4}}"
)
LANDLINE = (
    "(?:^|[^0-9A-Za-z０-９Ａ-Ｚａ-ｚ.．第〕\\]】¥￥-])"
    f"(?:[(（\\[]?{_one('0')}{_AREA}[)）\\]]?[ 　－—–-]{{0,2}}|[+＋][8８][6６][ 　－-]?{_one('0')}?{_AREA}[ 　－-]?)"
    f"{_LOCAL}{_NO_MORE}"
)
MAIL = "[A-Za-z0-9._%+-]{1,64}[@＠][A-Za-z0-9-]{1,63}(?:[.．][A-Za-z0-9-]{1,63}){1,4}"
_TOLD = "(?:号码|证号|编号|号|为|是|[:：（( 　]){0,4}"
_CAPITALS = "[A-Za-zＡ-Ｚａ-ｚ]"
PASSPORT = (
    f"(?:护照{_TOLD}{_CAPITALS}{{0,3}}{_D}{{6,9}}|(?:通行证|回乡证|台胞证){_TOLD}{_CAPITALS}{_D}{{8,10}}"
    f"|(?:内地|大陆|港澳|台湾)通行证{_TOLD}{_D}{{8,10}}|台胞证{_TOLD}{_D}{{8}}"
    f"|(?:居留证|居留身份证|居住证){_TOLD}(?:{_CAPITALS}{{3}}{_D}{{12}}|{_D}{{15,18}}))"
)

# What follows a surname in a word that is no name.
_WORDS: Mapping[str, str] = {
    "陈": "述列设旧", "张": "贴挂开扬", "董": "事", "范": "围", "杜": "绝", "陆": "续地运上", "许": "可多诺",
    "周": "边围期年末知转密一二三四五六日", "林": "业地木区场草权", "江": "苏河", "郑": "重州", "谢": "绝",
    "黄": "色酒金", "冯": "", "王": "", "李": "", "赵": "", "杨": "", "吴": "", "刘": "", "徐": "", "孙": "", "朱": "",
    "胡": "", "郭": "", "罗": "列", "宋": "", "唐": "", "韩": "", "邓": "", "曹": "", "彭": "", "蒋": "", "蔡": "",
    "魏": "", "薛": "", "潘": "", "戴": "", "汪": "", "姚": "", "邹": "", "熊": "", "孟": "", "秦": "", "阎": "",
    "侯": "", "龚": "", "邵": "", "崔": "", "谭": "", "廖": "", "贾": "", "韦": "", "邱": "", "袁": "", "沈": "",
    "吕": "", "丁": "", "卢": "", "傅": "", "钟": "", "姜": "", "萧": "", "闫": "", "尹": "", "葛": "", "殷": "",
    "裴": "", "嵇": "", "仇": "", "纪": "律要检", "祁": "", "倪": "", "俞": "", "柏": "", "梁": "", "苏": "",
}  # fmt: skip
_MORE: Mapping[str, str] = {
    "高": "度于新层级等中", "何": "时种人处", "曾": "经因用", "余": "下额", "叶": "", "程": "序度", "任": "何职意务",
    "金": "额属融陵", "石": "油材", "夏": "季", "方": "可式便案", "白": "酒色", "段": "落", "雷": "", "黎": "",
    "史": "", "龙": "", "陶": "瓷", "贺": "", "顾": "客问", "毛": "", "郝": "", "万": "元", "钱": "款", "严": "重格禁",
    "赖": "",
    "覃": "", "洪": "水泽", "武": "装", "莫": "", "孔": "", "施": "工行", "安": "全装排", "常": "见年用州", "康": "",
    "易": "燃爆", "乔": "", "温": "度", "庄": "", "颜": "色", "鲁": "", "卞": "", "田": "", "马": "上", "牛": "肉奶",
    "米": "", "华": "", "翟": "", "柳": "", "章": "程", "季": "度", "耿": "", "左": "右",
}  # fmt: skip
_COMPOUND = "(?:欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|长孙|令狐|夏侯|轩辕|端木|南宫|独孤|司徒|宇文|闻人|申屠)"
_NEVER = "某的了在于是被将之其该本"  # never in a name
_PLACES = "局所科室站队部厅委会司店厂社校组办处馆镇乡村街院企庄证码"  # never its last character


def _other_than(letters: str) -> str:
    """A class of Chinese characters without some: no letter, digit or mark of other writing is in it."""
    return f"[^{letters}\\t-〿＀-￯]"


def _name(surnames: Mapping[str, str]) -> str:
    """Surname and one or two characters more."""
    last, more = _other_than(_NEVER + _PLACES), _other_than(_NEVER)
    plain = "".join(each for each, words in surnames.items() if not words)
    doubtful = [
        f"{each}(?:{_other_than(_NEVER + words)}{last}|{_other_than(_NEVER + _PLACES + words)})"
        for each, words in surnames.items()
        if words
    ]
    return f"(?:(?:[{plain}]|{_COMPOUND}){more}?{last}|{'|'.join(doubtful)})"


_WHO = (
    "当事人|法定代表人|法人代表|负责人|经营者|联系人|投诉人|举报人|申请人|受害人|被害人|被处罚人|代理人|监护人|姓名|死者"
    "|伤者|业主|驾驶员|司机"
)
_WHOSE = f"{_WHO}|相对人|委托人|原告|被告|被告人|被执行人|户主|村民|居民|患者|学生|职工|员工|从业人员|联络人"
_ASIDE = "(?:[（(][^）)]{0,8}[）)])?"
# A name ends at whatever is no character of it, or at a word that follows names.
_END = "(?:[^一-鿿㐀-䶿]|[和与及等的在于系因将未对处被男女身联电住所以为从自经无有涉违销使驾持称承提作给罚予]|$)"
_AFTER_COLON = f"(?:{_WHOSE}){_ASIDE}(?:姓名)?[ 　]*[:：][ 　]*"
LABELLED_NAME = (
    f"(?:{_AFTER_COLON}{_name({**_WORDS, **_MORE})}{_END}|(?:{_WHO}){_ASIDE}[为系是 　]?{_name(_WORDS)}{_END}"
    f"|{_name(_WORDS)}[ 　]*[，,、:：（(]?[ 　]*(?:公民|居民)?身份证?(?:号码?|证)(?:[^明件照]|$))"
)

# Of these the form alone says enough; of what is like a card the digits have to be counted.
NUMBERS = (BROKEN_IDENTITY_NUMBER, OLD_IDENTITY_NUMBER, BROKEN_MOBILE_NUMBER, LANDLINE)
WORDS = (PLATE, MAIL, PASSPORT, LABELLED_NAME)
# At arrival a public text is asked about these. Shorter, for it stands in every verdict: names behind a colon only.
_ASKED = (OLD_IDENTITY_NUMBER, PLATE, LANDLINE, MAIL, PASSPORT, f"{_AFTER_COLON}{_name(_WORDS)}{_END}")
ASKED = "|".join(f"(?:{each})" for each in _ASKED)
