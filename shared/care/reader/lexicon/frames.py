"""Turns of phrase around a promise: headings, aims, purposes, prefaces and what is told as past."""

NUMBERING = (
    r"\s*(?:第[一二三四五六七八九十]{1,3}(?:步|条|项|阶段)?[、，,：:.\s]?"
    r"|[(（\[【][一二三四五六七八九十\d]{1,3}[)）\]】][、，,.．\s]?"
    r"|[一二三四五六七八九十]{1,3}[、.．，,：:](?!\d)|\d{1,2}(?:[、.．，,)）:：](?!\d(?!\d{0,2}(?:月|日|分钟|小时|个|名|次)))|。(?=\S))"
    r"|[①-⑳❶-❿●◆■▲★☆·•※＊*\-—]{1,2}|[一二三四五六七八九]是|首先[，,]?|其次[，,]?|再次[，,]?|最后[，,])"
)

# Sections that say why, not what.
TALK_SECTION = (
    r"指导思想|宗旨|背景|现状|原因|成因|意义|存在的?问题|问题分析|情况分析|基本情况|成效|效果|收获"
    r"|体会|反思|案例|目的$"
)

# A sentence with one of these states an aim or a result, whatever deeds it names.
AIM = (
    r"找到影响|特制[定订]|为宗旨|为指导|指导思想|为目标|以.{2,20}为(?:抓手|契机|重点|主题)"
    r"|营造.{0,30}(?:成长|良好|社会)(?:氛围|环境)$|为.{0,40}奠定"
)

# Clauses that open with these tell a purpose or a result of the clause before.
PURPOSE = (
    r"^(?:从而|以便|以利|以填补|以保证|以确保|使|确保|促使|促进|促成|致使|推动|努力形成|逐步|达到"
    r"|避免|防止|防范|提高|提升|增强|增进|培养|引导他|激发|保证|保障"
    r"|真正|弥补|感受|体验|体会|实现|共同形成|形成|争取|为(?:了|更好|及时|切实|加强|进一步|使|此)"
    r"|这样|因为|由于|虽然|所以|因此|但|却|有的|有些|许多|大多|一般|往往|可能|如何|为什么|目的|既)"
    r"|(?:方便|便利|贡献|力量|基础)$|以来"
)
WISH = r"^(?:让|供|好让|也?能让)|^给.{1,12}以"

# A set-up of one of these is a general word and not a deed.
ABSTRACT = (
    r"(?:制度|机制|体系|网络|格局|模式|平台|长效|氛围|环境|合力|理念|意识|规范化|经常化|渠道|途径"
    r"|作用|工程|教育观|方针|办法)(?:的?(?:建设|建立|健全|完善|落实))?[”\"’』》）)]?$"
)
ABSTRACT_LEAD = (
    r"^(?:加强|加大|加快|重视|注重|高度重视|深化|强化|推进|促进|切实|努力|全面|提高|创新|抓好|实施"
    r"|根据|按照|结合|围绕|坚持|贯彻)"
)

# Clauses that tell what is or was, or what somebody thinks.
BACKGROUND = (
    r"^(?:经过|随着|自从|在.{0,24}(?:后|中|下|以来)$)|以来|(?:设|设置|配|配置|建|拥)有|我(?:觉得"
    r"|认为|想)|推荐|建议"
)

# A clause that hands its time, trigger, actor or means to the clause behind it.
PREFACE = (
    r"^(?:并且?|同时|要)?(?:由|根据|对|在|时刻|密切|每|遇|如|若|当|凡|一旦|利用|充分利用|运用|通过"
    r"|透过|结合|采取|以|按|于|开学|学期|期末|本学|逢|从|为|把|将|主要是|给|向|认真|组织)"
    r"|(?:时|后|前|期间|之际|情况下|节假日|等时间|的|活动|方式|形式|途径|为平台|为单位|为载体"
    r"|[日月年初末]|月份|契机|[典仪][礼式]上)$"
)
MEANS = r"^(?:并|充分)?(?:通过|透过|利用|运用|借助|采取|以(?!及|便|利))"
NO_PREFACE = r"^(?:使|让|确保|从而|提高|促进|加强|明确|对于|针对)"

# Words in front of a clause that are no part of the promise.
OPENING = (
    r"^(?:要求(?=.)|并且?|同时|另外|此外|还要(?=与)|而且|其次|首先|主要是|具体为|即|我们?认为"
    r"|我觉得|于是|除此之外)+[，,]?"
)

# What a sentence says of a card, a room or a rule; duties are not labelled there.
CONTENTS = (
    r"^(?:其)?(?:基本)?内容(?:包括)?[:：]|^主要内容|^[^，,]{0,10}职责是|^(?:其|室内|里面"
    r"|内)[^，,]{0,6}(?:设|有|配)"
)

# Words of effort: a clause with one of these is no task, whatever its time.
VAGUE = r"力争|努力|争取|进一步|更加|越来越|在.{1,20}下$|取得|收到|以来"

# A story about one child: told with a singular pronoun.
STORY = (
    r"^(?:[他她]|我)(?![们校园班村局镇县区社街乡市组处])|^(?:可以|也可|或)|(?:给|找|为|到|与|和|对"
    r"|帮|送)[他她](?!们)"
)
STORY_ALWAYS = r"^[他她](?!们)"

# A title that announces a report, and signs in a clause that the deed is done.
REPORT = r"总结|小结|汇报|报告|情况|纪实|发言|事迹|做法|经验|反思|心得|体会|随笔|案例|演讲|交流材料"
PLAN = r"计划|方案|安排|行事历|要点|意见|打算"
PAST = (
    r"了(?!解|然)|曾|已经?(?![开设建]通)|(?<=[访看去来谈走])过|以来|如今|当时|那天|去年|前年|昨"
    r"|第二天|后来|终于|目前|现有|(?<!每)\d+余?(?:人|名|户|元|份|册|件|场)(?:次|$|，)"
)

# A line that begins a list of dated tasks.
TODO = r"行事历|工作安排|活动安排|日程安排|时间安排|具体安排|活动日程|进度安排|工作日程|月工作|实施步骤"
