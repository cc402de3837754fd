"""One sound cell for each kernel, and for each code of a kernel one cell that must get it, whatever the column."""

from __future__ import annotations

from collections.abc import Mapping

from hub.county.identities import Place, uscc

PLACE = Place("320830")

CELLS: Mapping[str, str] = {  # a cell of a kernel whose column carries no example
    "text": "文字",
    "person_name": "张某",
    "organisation_name": "某某县某某单位",
    "document_number": "盱文〔2026〕1号",
    "uscc": uscc(PLACE, 19),
    "citizen_id": "320830188001010002",
    "date": "2026-11-02",
    "money": "1",
    "quantity": "1",
    "case_number": "（2026）苏0830执1号",
    "org_code": "000000019",
    "business_registration": "320830000000011",
    "phone": "0517-88800000",
    "bank_card": "4111111111111111",
}
PERIODS = {"month": "2026-10", "quarter": "2026-Q3", "half": "2026-H1", "year": "2026"}
BAD: Mapping[str, str] = {  # a cell that must get the code, whatever the column
    "TXT-CONTROL": "上\u200b下",
    "TXT-REPLACEMENT": "盱眙???",
    "TXT-FORMULA": "=1+1",
    "TXT-PUA": "文字\ue000",
    "NAM-FORM": "张三1",
    "NAM-ORG": "盱眙某某有限公司",
    "NAM-DOT": "买买提··艾力",
    "NAM-SHORT": "某店",
    "DOC-FORMAT": "盱市监罚〔2206〕12号",
    "ID-EXCEL15": "9.13208E+17",
    "ID-USCC-FORM": "9132",
    "ID-USCC-CHECK": "913208300000000191",
    "ID-USCC-ORG": "320830188001010168",
    "ID-USCC-REGION": uscc(Place("990830"), 19, "91"),
    "ID-SFZ-FORM": "3208301880****0002",
    "ID-SFZ-CHECK": "320830188001010003",
    "ID-SFZ-DATE": "320830190002290010",
    "ID-ORG-FORM": "00000000",
    "ID-ORG-CHECK": "00000001X",
    "ID-REG-FORM": "320830",
    "ID-REG-CHECK": "320830000000019",
    "ID-REG-OLD": "3208302300001",
    "ID-CARD-FORM": "622202******0123",
    "ID-CARD-CHECK": "62220212345678901",
    "PHN-FORM": "88800000",
    "DAT-FORMAT": "明天",
    "DAT-IMPOSSIBLE": "2023-02-30",
    "DAT-SERIAL": "44931",
    "DAT-EPOCH": "1672876800123",
    "MON-FORMAT": "约2000",
    "QTY-FORM": "约24",
    "QTY-WHOLE": "3.5",
    "COD-UNKNOWN": "没有这一项",
    "REG-UNKNOWN": "马霸镇",
    "CAS-FORMAT": "苏0830执123号",
    "PER-FORMAT": "11月",
    "PER-IMPOSSIBLE": "1026",
}
BAD_OF: Mapping[tuple[str, str], str] = {("bank_card", "ID-EXCEL15"): "4.11E+15"}
IMPOSSIBLE = {"month": "2026-13", "quarter": "2026Q5", "half": "2026H3", "year": "1026"}
# Texts of which one is matched, or not matched, by any pattern that a rule may have.
TEXTS = (
    uscc(PLACE, 20, "92"),
    uscc(PLACE, 20),
    "对张某（320830188001010002）罚款",
    "联系电话13800000000，见附件",
    "退至6222020000000000000，见附件",
    "联系人：张某某，电话0517-88800000，车牌苏H12345",
    "？",
)
