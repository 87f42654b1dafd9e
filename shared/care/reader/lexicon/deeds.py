"""What can be promised: one row for each way a plan words a deed.

A row is (kind, subject, evidence, period, pattern).  The first row that fits a clause wins, so the special
stands before the general.  `evidence` is the least word of time the clause needs to be a promise:
`none` (the deed alone is one), `soft` (定期, 及时, a trigger or better), `hard` (a frequency, date, festival or
count), `clock` (within so many minutes) or the name of one period.  `period` holds where no word says better.
Gaps are bounded (`.{0,20}`), so that no text can make a row slow.
"""

from .people import QUOTA

_SET_UP = r"(?<!已)(?:成立|建立|建好|建起|建成|建设|新建|筹建|创建|组建|设立|设置|开设|开通|开辟|布置|配备|安装|办好|(?<![搭构共党基])建)(?!有)"
_CHILD = r"(?:儿童|学生|孩子|幼儿|他们|其(?=谈|交|沟)|子女)(?!.{0,4}(?:父母|家长|监护人|的家))"
_PARENT = r"(?:家长|父母|监护人|托管人|代管人|亲人|爸妈)"
_HELPER = (
    r"(?:帮扶对象|帮扶教师|帮扶.{0,4}干部|帮扶人员?|帮扶责任人|帮手|爱心(?:父母|家长|妈妈)|(?:社会|教师|代理)妈妈|(?:代理|代管)(?:家长|监护人)"
    r"|小伙伴|小老师|伙伴|志愿者(?=与|和)|辅导员|临时爸爸|联系人|导师)"
)
_FACILITY = (
    r"(?:之家|活动室|活动中心|活动场所|辅导站|辅导室|辅导中心|咨询室|咨询站|信箱|图书室|图书角|阅览室|书屋|驿站|热线|专栏|广播站|心理室"
    r"|聊天室|视频室|托管中心|托管班|服务站|食堂|宿舍|[微Q][信Q].{0,2}群)"
)
_HOLD = r"(?:开展|举行|举办|召开|组织|参加|进行|庆祝?|参与|过好|搞好|安排|推进)"
_EVENT = (
    r"(?:活动|比赛|竞赛|演讲|演出|联欢|运动会|晚会|夏令营|冬令营|展览|书画展|征文|游戏|展演|汇演|教育(?!管理|机构|部门|局|教学|资源|工作|方)"
    r"|春游|研学|参观|实践|游园|联谊|阅读|下乡)"
)

DEEDS = (
    ("incident_notice", "child", "clock", "event", r"告知|通知|报告|上报|汇报|告诉|报警|通报|联系"),
    ("handover", "class", "none", "unstated", r"(?:做好|办理|进行|完成).{0,20}交接|交接(?:工作|手续|制度)"),
    ("photo_set", "child", "soft", "unstated", r"(?:上传|拍摄|拍|发送|寄|更新|发).{0,20}(?:相片|照片)"),
    ("test_score", "child", "none", "event", r"(?:上传|反馈|登记|记录|告知|寄).{0,20}(?:测试|考试|测验|检测).{0,6}成绩"),
    ("good_news", "child", "soft", "event", r"好消息|喜报|报喜"),
    ("monthly_summary", "carer", "monthly", "monthly", r"(?:上传|上交|撰写|写|提交|完成|交).{0,16}(?:总结|小结|心得|体会)"),
    ("birthday", "tenant", "none", "unstated", r"生日(?:聚会|会|活动|派对|祝福|宴|联欢)|(?:过|庆祝|举办|举行|庆).{0,10}生日|集体生日"),
    ("goal", "child", "soft", "unstated", r"做.{0,4}[一1]件.{0,10}事|做好事"),
    ("video_slot", "child", "none", "unstated", r"(?:安排|预约|提供|设定).{0,14}视频.{0,3}(?:聊天|通话|时间|时段|交流)"),
    # Rooms, lines and boxes for the mind are rooms, even where a telephone stands in them.
    ("other", "facility", "none", "once", rf"{_SET_UP}.{{0,12}}心理.{{0,8}}(?:热线|电话|站|室|信箱|中心)"),
    ("call", "facility", "none", "once", rf"{_SET_UP}.{{0,16}}(?:亲情|专用|热线|联系|公用|免费).{{0,6}}(?:电话(?!号码)|热线|视频|专线)"),
    ("video", "child", "none", "unstated", r"视频.{0,4}(?:交流|聊天|通话|连线|对话|见面)|(?:开展|进行|举行).{0,8}亲情视频"),
    ("letter", "child", "soft", "unstated", r"(?:写|寄|发).{0,20}(?:书信|家书|信(?![息心箱念任仰用访]))|书信(?:往来|交流|活动)|通.{0,3}信(?![息心用])|两地书|家书"),
    ("leading_group_meeting", "tenant", "soft", "unstated", r"(?:小组|专班|领导组|领导机构).{0,10}(?:会议|例会|碰头会)|(?:专题|联席|工作)(?:会议|例会)|召开例会"),
    ("leading_group", "tenant", "none", "once", rf"(?:{_SET_UP}|调整|健全|开展|成立了?).{{0,40}}(?:领导小组|领导组|领导机构|工作小组|工作组|专班|工作专班|工作委员会|关爱小组)|成立组织|成立.{{0,6}}机构|成立.{{0,4}}以.{{1,12}}为.{{0,4}}长"),
    ("help_plan", "child", "none", "once", r"(?:制[定订]|拟[定订]|落实|出).{0,20}帮[扶教助辅].{0,4}(?:计划|方案|措施)"),
    ("individual_plan", "child", "none", "event", r"个别.{0,4}教育|个案(?:分析|辅导|跟踪)|一人一(?:案|策)|(?:制[定订]|拟订).{0,6}(?:矫治|转化|矫正|教育管理)方案"),
    ("inspection", "tenant", "soft", "unstated", r"(?:检查|督查|督导|巡查|抽查|查看)(?!.{0,4}[机制考]{2})|落实情况.{0,4}(?:调度|通报)"),
    ("pairing", "child", "none", "once", QUOTA),
    # Names of carers in a row promise pairing, although such a clause calls itself an activity.
    ("pairing", "child", "none", "once", rf"(?:{_SET_UP}|确[立定]|落实|安排|选派|选定|指定|明确|聘请|招募|开展|推行|举行).{{0,30}}{_HELPER}"),
    ("activity", "tenant", "none", "unstated", rf"(?:{_HOLD}|收看|通过|透过).{{0,6}}[^，,]{{2,16}}、.{{0,60}}(?:等|各[类种]|和).{{0,12}}(?:活动|比赛|演出)(?!室|中心)"),
    ("field_visit", "child", "soft", "unstated", r"走访|探访|入户(?!率)|上门(?:看望|了解|走访|探望|服务|辅导)|探望"),
    ("talk", "child", "soft", "unstated", rf"谈.{{0,6}}心(?![理灵])|交心|谈话|促膝|交谈|聊天|(?:与|和|跟|同|对).{{0,20}}{_CHILD}.{{0,8}}(?:交流|沟通)(?!.{{0,2}}情况)"),
    ("talk", "child", "soft", "unstated", r"^(?:要|应|也)?(?:及时|经常|定期|随时|常|多).{0,4}(?:沟通|交流)(?!.{0,2}活动)"),
    ("home_visit", "child", "soft", "unstated", r"家访(?!.{0,14}(?:等|形式|方式))|(?:到|进|去).{0,14}家(?:中|里)?(?:进行)?(?:访问|看望|拜访)"),
    ("donation", "tenant", "none", "unstated", r"募捐|捐款|捐资|捐赠|捐书|捐物|捐衣|义卖|(?:发动|组织|号召).{0,16}捐"),
    ("aid", "child", "none", "unstated", r"法律援助|(?:给予|提供|予以|申请|落实|发放|实施).{0,14}(?:资助|救助|补助|援助|助学金|低保)|(?:减免|免收|免除|支助|垫付|资助).{0,12}(?:费|学|贫困|儿童|生活)"),
    ("aid", "child", "none", "unstated", r"(?:购买|赠送|发放|准备|送去|送上|捎去|添置).{0,24}(?:文具|用品|书包|衣物|衣服|食品|物资|图书|礼物|棉被|器材)"),
    ("aid", "child", "none", "unstated", r"(?:为|给|向|对).{0,12}(?:贫困|困难|需要|特困|孤).{0,16}(?:提供|给予).{0,10}(?:帮助|帮扶|补贴|救济)|(?:支援|扶助|帮助).{0,10}(?:贫困|困难).{0,10}(?:就学|入学|上学|完成学业)"),
    ("film", "tenant", "soft", "unstated", r"(?:观看|放映|播放|收看|看).{0,20}(?:电影|影片|专题片|教育片|影视|录像|动画|宣传片)"),
    ("consolation", "child", "none", "unstated", r"慰问|送温暖|看望(?=.{0,10}(?:儿童|学生|孩子|贫困))"),
    ("call", "child", "soft", "unstated", rf"通.{{0,5}}(?:电话|话(?!题))|打.{{0,12}}电话|电话.{{0,12}}(?:联系|交流|沟通|访|问候|汇报)|(?:与|和|跟|同|向).{{0,24}}(?:{_PARENT}|老师|学校|家人).{{0,8}}(?:联系|沟通|交流)"),
    ("call", "child", "soft", "unstated", rf"(?:联系|沟通).{{0,12}}{_PARENT}|(?:与|和|跟).{{0,8}}家.{{0,4}}(?:保持)联系"),
    ("training", "tenant", "none", "unstated", r"培训(?!内容|记录|率)|(?:举办|开办).{0,8}(?:家长|监护人)学校|家庭教育.{0,6}(?:宣传|指导|讲座|培训)"),
    ("round_table", "tenant", "none", "unstated", r"座谈会|研讨会|论坛|恳谈会|交流会|座谈(?!记录)"),
    ("guardians_meeting", "tenant", "none", "unstated", r"监护人.{0,4}会(?!.{0,4}(?:培训|谈))"),
    ("parents_meeting", "tenant", "none", "unstated", r"(?:召开|举行|组织|举办|开好|开).{0,20}家长.{0,4}会(?!.{0,2}员|.{0,2}培训)|^.{0,10}家长会"),
    ("lecture", "tenant", "none", "unstated", r"讲座|报告会|宣讲|讲法|法制课堂"),
    ("lesson", "tenant", "soft", "unstated", r"(?:授课|上课|讲课|辅导课)(?!时|后|前)"),
    ("lesson", "class", "none", "unstated", r"(?:开设|开展|上好?|讲授|开好|开足|设置).{0,24}课(?![余外后题堂件间时])"),
    ("activity", "tenant", "soft", "unstated", r"(?:主题班会|班会).{0,6}、"),
    ("class_meeting", "class", "none", "unstated", r"(?:召开|举行|开好?|组织).{0,16}(?:班会|学生.{0,2}会(?!干|员)|队会|儿童.{0,2}会(?:议)?)|主题班会"),
    ("duty_roster", "facility", "none", "once", r"值[班日](?:表|安排)|日程表|作息(?:表|时间)|服务(?:表|时间表)|(?<!安)排班|轮流值班"),
    ("pledge", "staff", "none", "once", r"(?:签[订定署]|签).{0,24}(?:书|协议|合同)|责任书|承诺书|确认书"),
    ("roster", "tenant", "none", "once", r"花名册|名册|台[账帐]|信息库|数据库|造册|登记(?:表|册|簿)"),
    ("growth_update", "child", "none", "unstated", r"成长(?:日记|记录)|日记|更新.{0,20}(?:情况|动态|近况)"),
    ("card_update", "child", "none", "unstated", r"(?:补充|变更|更新|修[订改]).{0,24}(?:联系卡|信息卡?|资料|内容|档案)|(?:信息|资料|联系卡|档案)(?:的)?(?:更新|变更|补充)|动态管理"),
    ("dossier", "child", "none", "once", r"(?:建立|建好|完善|健全|建设|建|整理|清理|归档|充实|做好|填写).{0,30}(?:档案(?!管理|工作|柜|室)|联系卡)|一[人生童]一[档卡]|档案.{0,4}(?:整理|建立|完善|清理|归档)|建档(?!率)"),
    ("census", "tenant", "none", "once", r"摸底|摸清|摸排|排查|清查|普查|调查(?:摸底|登记|统计|核实)|(?:测试|身心|问卷|心理|入户|基本情况).{0,8}调查|全面(?:了解|掌握).{0,10}(?:人数|底数)|调查.{0,8}(?:人数|名单)"),
    ("appraisal", "tenant", "soft", "unstated", r"考评|考核|评比|评估|测评|量化|评优"),
    ("award", "tenant", "soft", "unstated", r"表彰|评选|颁奖|奖励|授予"),
    ("term_report", "tenant", "soft", "unstated", r"(?:工作|进行|期末|学期|年终|年度|做好|情况|撰写|写).{0,14}总结|总结(?:会|报告|工作|上报)|^总结|(?:向|到).{0,16}(?:汇报|报告).{0,6}(?:工作|情况)|书面(?:总结|材料)|上[交报].{0,10}总结"),
    ("pairing", "child", "none", "once", r"结对(?!共建|情况|单位|效果|.{0,4}(?:的|制度))|结成.{0,10}(?:对子|伙伴)|对子|[一1]对[一1]|[一1]帮[一1]|[一1]带[一1]|手拉手|帮扶活动"),
    ("other", "facility", "none", "once", rf"{_SET_UP}.{{0,24}}{_FACILITY}|{_FACILITY}.{{0,12}}(?:建设|挂牌)"),
    ("other", "facility", "hard", "daily", r"(?:对|为|向).{0,12}开放"),
    ("activity", "tenant", "soft", "unstated", rf"{_HOLD}.{{0,40}}{_EVENT}|(?:小组|庆|文体|文艺|体育|娱乐|文化|兴趣|主题|社会实践)活动|送.{{0,8}}下乡|(?:{_EVENT})$"),
    ("other", "child", "none", "unstated", r"(?:晚|课后|课余|周末|放学后|假期).{0,3}辅导|补课|开小灶|(?:报告|反馈|汇报|告知)给(?:家长|父母)"),
    ("other", "child", "soft", "unstated", r"诊治|就医|送医|治疗|心理(?:咨询|辅导|疏导|质询)|(?:解答|解决).{0,12}(?:疑惑|困难|问题)|汇报|反映"),
)  # fmt: skip

# What makes a clause with a stated frequency a duty although no row above knows the deed.
TASK = (
    r"制[定订]|拟[定订]|组织|安排|开展|落实|召开|举[行办]|完善|整理|宣传|撰写|清理|布置|指导|督促|辅导|收集|上[交报传]"
    r"|填写|填报|评定|打扫|购买|邀请|关注|了解|掌握|更新|公布|编写|做好|填好|写好|办好|出版|检测|体检"
)
