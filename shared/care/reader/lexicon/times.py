"""Words of time: frequencies, soft words, festivals, months, clocks and counts.

Every pattern is a regular expression with bounded repetition only, so that no text can make it slow.
"""

# A digit or a Chinese numeral of at most three characters.
NUMBER = r"(?:\d{1,3}|[一二两三四五六七八九十半]{1,3})"

NUMERALS = dict(zip("一二三四五六七八九十", range(1, 11), strict=True)) | {"两": 2}

# (period, pattern); the first that fits wins, so the longer words stand first.
FREQUENCIES = (
    ("half_year", r"每半年|半年一次|每年(?:两|二|2)次"),
    ("biweekly", r"每(?:两|二|2)个?(?:周|星期|礼拜)|每隔(?:一|1)个?(?:周|星期)|每半个?月|隔周|双周"),
    ("quarterly", r"每一?个?季度?|每(?:三|3)个月|一季度一次"),
    ("school_year", r"每一?个?学年|本学年|学年(?:初|末|底|结束)|一学年"),
    (
        "term",
        r"每一?个?学期|本学期|(?:开学|学期)(?:之?初|末|中|结束|开始)|期末(?!考|测|成绩)|每期"
        r"|一学期|一期一次",
    ),
    ("weekly", r"每一?个?(?:周|星期|礼拜)(?![末岁])|一周一次|周周|(?:逢|每)周[一二三四五]"),
    ("monthly", r"每一?个?月|一月一次|月月|逐月|按月"),
    ("daily", r"每一?天|每日|天天|全天候|每晚|每早|逐日"),
    ("year", r"每一?年|一年一度|年度(?=.{0,8}次)|全年(?!级)|一年一次"),
)

# Words that promise repetition without saying how often (they give `unstated`).
SOFT = (
    r"不?定期|经常|时常|常常|不断|不间断|长期|及时|随时|时时|时刻|按时|按期|如期|不时|平时|适时"
    r"|隔三[差岔]五|有计划|多次"
    r"|(?<![平日正通非异])常(?=与|和|跟|到|去|打|联系|回)"
    r"|(?<![很许大众较更更之么])多(?=与|和|跟|同|向|进行(?:家访|走访|谈)|家访|联系|沟通|交流|打|谈|走访)"
)

# A 、 before one of these divides two duties and not two things.
TIME_OPENS = r"不?定期|经常|及时|随时|每[一两二个周月天日年学季半]"

# (words, date): the day of the festival; lunar days are marked.
FESTIVALS = (
    (r"元旦", "01-01"),
    (r"三[.·、]?八|妇女节", "03-08"),
    (r"五[.·]?一(?![班个年级])|劳动节", "05-01"),
    (r"五[.·]?四(?![班个年级])|青年节", "05-04"),
    (r"六[.·]?一(?![班个年级])|6[.·]1(?!\d)|儿童节", "06-01"),
    (r"七[.·]?一(?![班个年级])|建党节", "07-01"),
    (r"八[.·]?一(?![班个年级])|建军节", "08-01"),
    (r"教师节", "09-10"),
    (r"国庆|(?<![二三四五六七八九十零〇.])十[.·]?一(?![月日号条个名次种项点章.\d至到、])", "10-01"),
    (r"建队日|建队节", "10-13"),
    (r"春节|大年初一", "lunar:01-01"),
    (r"元宵", "lunar:01-15"),
    (r"端午", "lunar:05-05"),
    (r"七夕", "lunar:07-07"),
    (r"中秋|八月十五", "lunar:08-15"),
    (r"重阳", "lunar:09-09"),
    (r"腊八", "lunar:12-08"),
)

# Holidays, weekends and birthdays that are days to act on but have no one date.
HOLIDAYS = (
    r"节假日|双休日|周末|星期天|假日|寒暑假|寒假|暑假|假期|传统节日|重大节日|重要节日|各种节日|节庆|逢年过节"
    r"|节前|节日期间|清明|冬至|母亲节|父亲节|除夕"
)

# Words that put a holiday into the sentence as its time and not as its topic.
HOLIDAY_FRAME = r"利用|每逢|逢|在|以|期间|前夕|前后|等|之际|当天|来临|节日"

NEAR_MONTHS = ((r"(?<!学)年初(?!步)", 1), (r"(?<!学)年(?:底|末)|岁末", 12))

# A whole line, or its head, that opens a month of a calendar.
MONTH_HEAD = (
    r"(?:\d{2,4}\s?年\s?)?(?P<first>1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九]|[XxＸ×*_]{1,3})"
    r"(?:\s?[、—~～至到-]{1,2}\s?(?:1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九]))?\s?月(?:份|分)?"
)

_MONTH = r"(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月"
_DAY = r"(?P<day>[12]\d|3[01]|0?[1-9]|[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])[日号]"
DAY = _MONTH + _DAY
MONTH = (
    rf"(?<![\d个每零〇一二三四五六七八九十]){_MONTH}(?:份|底|初|中旬|上旬|下旬)?"
    r"(?![\d一二三四五六七八九十饼球亮])"
)
MONTH_BLANK = r"[XxＸ×]{1,3}月份?"

# A clock of an incident: number, unit; `内` is needed, so that a lesson of 40 minutes is none.
CLOCK = (
    r"(?P<number>\d{1,3}|[一二两三四五六七八九十半]{1,3})\s?个?(?P<half>半)?(?P<unit>分钟|小时"
    r"|钟头)(?:之内|以内|内)"
)
CLOCK_MINUTES = {"分钟": 1, "小时": 60, "钟头": 60}

# A span within which something has to be done; not an incident clock.
DEADLINE = (
    rf"{NUMBER}个?(?:工作日|天|日|周|星期|月)(?:之内|以内|内|的(?=走访|时间|调查|摸底))"
    rf"|[底末日号周]之?前(?=.{{0,20}}(?:完成|上交|报|交))"
)

# What a promise waits for.
TRIGGER = (
    r"(?:患病|生病|发病|遇到?|遇有|发生|出现|变动|变化|失学|辍学|转学|转入|转出|离校|返乡|回家"
    r"|开学|困难|突发|紧急|缺课|旷课)"
    r".{0,14}(?:(?<![及随按届平])时(?![间刻段代常期])|后(?!进)|的话|情况)"
    r"|(?:典礼|仪式)上|^(?:一旦|如果?(?=有|发现|遇|出现|发生)|若(?!干)|凡(?!自己)|凡是|遇到|遇有"
    r"|发现|有问题|有困难|有情况|出现|发生)"
    r"|每一?次(?:的)?(?:平时)?(?:测试|考试|测验|活动)|符合.{0,16}的$"
)

COUNT = rf"(?P<number>{NUMBER})(?:次|回|场|堂|节(?![日假约目]))"
COUNT_OF_WRITING = rf"(?P<number>{NUMBER})(?:封|篇|件)"
QUANTITY = (
    rf"(?P<number>{NUMBER})(?:[至到-]{NUMBER})?(?:张|名|部|幅|条|本|套|所|支|间|台|对(?!一)|位(?=爱"
    rf"|帮|老|教)|个(?!必须|优先|别|月|体|人|性|班|学|周|星|年|季|半|方面|小时))"
)
