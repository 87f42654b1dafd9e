"""Heads of columns and what they mean, as data: whole heads, groups, and bare words inside a group."""

from __future__ import annotations

# Heads that mean the same wherever they stand, without stars and colons; brackets are tried with and without.
WHOLE: dict[str, str] = {
    "seq": "序号 序 编号 号 no no.",
    "name": """
        学生姓名 幼儿姓名 儿童姓名 孩子姓名 留守儿童姓名 留守学生姓名 留守幼儿姓名 被监护人姓名 小孩姓名
        子女姓名 未成年人姓名 宝宝姓名 学员姓名 受监护人姓名 留守儿童名单 学生名字
    """,
    "sex": "性别 男女 性别男/女",
    "ethnic_group": "民族 族别 民族成分",
    "birth_date": """
        出生日期 出生年月日 出生年月 生日 出生时间 出生 出生年份 出生日 学生出生日期 幼儿出生日期
        儿童出生日期 出生日期年月日 出生年月日阳历 公历出生日期 学生出生年月 儿童出生年月
    """,
    "age": "年龄 周岁 岁数 实足年龄 学生年龄 儿童年龄 幼儿年龄 年龄岁 年龄周岁",
    "id_no": """
        身份证号 身份证号码 身份证 公民身份号码 公民身份证号码 公民身份证号 居民身份证号 居民身份证号码
        身份证件号 身份证件号码 证件号码 证件号 有效证件号码 身份号码 学生身份证号 学生身份证号码
        幼儿身份证号 幼儿身份证号码 儿童身份证号 儿童身份证号码 留守儿童身份证号 留守儿童身份证号码
        身份证编号 本人身份证号 本人身份证号码 孩子身份证号 孩子身份证号码
    """,
    "student_no": "学号 学籍号 全国学籍号 学籍号码 学籍编号 学生学号 全国学籍号码 学籍辅号",
    "grade": "年级 所在年级 就读年级 学段 年段",
    "class_name": """
        班级 班别 班 所在班级 就读班级 年级班级 班级名称 所属班级 年班 年级/班级 所在班 班级年级
        年级及班级 所在年级班级 所在年级及班级 年级班 现就读班级 园所班级 幼儿班级
    """,
    "school_grade": """
        就读学校及年级 就读学校 学校及年级 学校班级 学校年级 就读学校年级 就读学校及班级 就读学校班级
        所在学校 所在学校及年级 所在学校班级 所在学校及班级 在读学校 学校 就读学校及年级班级 学校及班级
        现就读学校 现就读学校及年级 就读幼儿园 就读园校 就学情况 就读情况 就读学校年级班级 学校名称
    """,
    "boarding": """
        是否寄宿 是否寄宿生 是否住校 寄宿 住校 寄宿情况 住宿情况 是否住宿 就读方式 寄宿生 住宿
        是否寄宿学生 是否住宿生 是否内宿
    """,
    "hukou_kind": "户口性质 户籍性质 户口类别 户口类型 户籍类型 户籍类别 户口 户别",
    "left_behind": """
        是否留守儿童 是否留守 是否为留守儿童 是否农村留守儿童 是否是留守儿童 留守儿童 留守 是否留守学生
        是否留守幼儿 留守学生 留守情况 是否属于留守儿童 是否属留守儿童 农村留守儿童 留守幼儿 是否留守子女
    """,
    "migrant_child": """
        是否随迁子女 随迁子女 是否随迁 是否进城务工人员随迁子女 随迁 流动儿童 是否流动儿童
        进城务工人员随迁子女 是否务工子女
    """,
    "disabled": "是否残疾 残疾 残疾类型 是否残疾儿童 残疾儿童 是否残疾人 残疾情况 残疾类别 是否残疾学生",
    "villager_group": """
        村民组 村组 组别 组 村民小组 所在村组 所在组 小组 网格 所属网格 网格号 所在网格 居民小组 居民组
        楼栋 小区 所属小区 村民小组名称 自然村 屯 村小组
    """,
    "village": "村 所在村 村居 村社区 所属村 行政村 村委会 社区 所属社区 村委 村居委会 所属村居",
    "home_address": """
        家庭住址 家庭详细地址 家庭地址 住址 现住址 现居住地 居住地址 家庭详细住址 家庭现住址
        常住地址 现居住地址 居住地 家庭居住地址 详细住址 通讯地址
        家庭通讯地址 现家庭住址 家庭现居住地 现住地址 居住详细地址 家住地址
        儿童现居住地
    """,
    "hukou_address": "户籍地址 户籍所在地 户口所在地 户籍地 户籍住址 户口所在地详细地址 户口地址 户籍详细地址",
    "family_phone": """
        家庭电话 家庭联系电话 家庭联系方式 家中电话 住宅电话 家里电话 学生联系电话 儿童联系电话
    """,
    "parent_names": """
        父母姓名 家长姓名 父母 家长 父母名字 双亲姓名 父母亲姓名 父母双方姓名 家长或监护人姓名
    """,
    "father_name": "父亲姓名 父亲 父姓名 爸爸姓名 父亲名字 父名 爸爸",
    "mother_name": "母亲姓名 母亲 母姓名 妈妈姓名 母亲名字 母名 妈妈",
    "away_reason": """
        外出情况 外出类型 父母外出情况 外出务工情况 父母务工情况 父母外出务工情况 留守类型 留守类别
        家长外出情况 留守原因 外出原因 外出务工类型 留守儿童类型 留守儿童类别 打工情况 父母打工情况 外出方
        家长务工情况 父母外出类型 务工情况
    """,
    "work_place": """
        家长务工地点 务工地点 打工地点 外出地点 务工地 打工地 外出务工地点 父母务工地点 父母打工地点
        父母外出务工地点 家长打工地点 务工所在地 务工去向 外出务工地 父母务工地 外出地 家长外出务工地点
        务工城市 打工城市
    """,
    "employer": "务工单位 工作单位 打工单位 务工单位名称 家长务工单位 父母务工单位 单位名称 用工单位",
    "employer_address": """
        务工单位详细地址 家长务工详细地址 务工详细地址 务工单位地址 务工地址 家长务工地址 父母务工详细地址
        父母务工地址 打工详细地址 打工地址 外出务工详细地址 单位地址
    """,
    "employer_phone": "务工单位电话 单位电话 务工单位联系电话 单位联系电话",
    "guardian_name": """
        监护人 监护人或其委托监护人 监护人姓名 委托监护人 受委托监护人 实际监护人 现监护人 临时监护人
        代理监护人 照料人 实际照料人 受委托照护人 被委托人 看护人 抚养人 代养人 监护人或委托监护人
        监护人及委托监护人 监护人/委托监护人 监护人受委托监护人 委托照护人 委托照料人 在家监护人 现抚养人
    """,
    "guardian_relation": """
        与学生关系 与儿童关系 与幼儿关系 与孩子关系 与被监护人关系 与监护人关系 关系 监护关系
        与留守儿童关系 与本人关系 与其关系 与学生的关系 与儿童的关系 与幼儿的关系 与孩子的关系
        与被监护人的关系 与监护人的关系 与留守儿童的关系 监护人关系 与留守学生关系 称谓 监护人与儿童关系
        监护人与学生关系 监护人与孩子关系 监护人与幼儿关系
    """,
    "guardianship_grade": "监护情况 监护状况 监护等级 监护质量 监护评价 监护能力 监护情况评价",
    "study_level": "学习成绩 成绩 学习情况 学业成绩 学业情况 学习状况 学习表现",
    "hobbies": "爱好 兴趣爱好 特长 兴趣 爱好特长 特长爱好 兴趣特长 个人爱好 爱好及特长",
    "family_situation": """
        家庭情况 家庭基本情况 家庭经济情况 家庭状况 家庭经济状况 家庭类型 经济状况 困难类型 家庭困难情况
        家庭困难类型 家庭成员情况 家庭情况说明
    """,
    "health": "健康状况 身体状况 健康情况 身体健康状况 身体情况 学生健康状况 儿童健康状况",
    "remark": "备注 说明 备考 附注 其他 其它 备注说明 其他情况 其他说明 情况说明",
}

# Words that say whose name, telephone or address a column holds.  The first that is found counts.
GROUPS: tuple[tuple[str, str], ...] = (
    ("work", r"务工|打工|外出|工作单位"),
    ("father", r"父亲|爸爸"),
    ("mother", r"母亲|妈妈"),
    ("parent", r"^父母|^家长|双亲"),
    ("guardian", r"监护|委托|照料|看护|抚养|代养|照护|被委托"),
    ("parent", r"父母|家长"),
    ("family", r"家庭|户主|住户"),
    ("school", r"学籍|就学|就读|在校"),
    ("special", r"特殊|类别|类型|群体|困难"),
    ("child", r"学生|儿童|幼儿|本人|个人|孩子|基本|未成年|学员|宝宝"),
)

# Bare words and the kind of thing they name.
BARE: dict[str, str] = {
    "name": "姓名 名字 名称 学生 幼儿 儿童 孩子",
    "phone": """
        联系电话 电话 手机 手机号 手机号码 电话号码 联系方式 联系号码 联系手机 移动电话 联络电话
        联系电话号码 电话/手机 手机/电话 电话及手机 电话或手机 常用电话 联系人电话 联系电话手机
    """,
    "address": """
        地址 详细地址 住址 家庭住址 家庭地址 现住址 居住地址 居住地 现居住地 详细住址 所在地 常住地址
        家庭详细地址
    """,
    "relation": """
        关系 与学生关系 与儿童关系 与孩子关系 与幼儿关系 与学生的关系 与儿童的关系 称谓 与被监护人关系
        与孩子的关系 与幼儿的关系 与本人关系 与被监护人的关系 与留守儿童关系
    """,
    "occupation": "职业 从业情况 从事职业 工作 工种 从事工作",
    "age": "年龄 周岁 岁数",
    "sex": "性别",
    "health": "身体状况 健康状况 健康情况 身体健康状况 身体情况",
    "id": "身份证号 身份证号码 身份证 公民身份号码 证件号码 身份证件号码 证件号 公民身份证号码",
    "reason": "情况 类型 原因 外出情况 外出类型 外出原因 外出",
    "place": "地点 所在地 地 城市 省市 去向 地区",
    "employer": "单位 单位名称 务工单位 工作单位 企业 公司 所在单位",
    "employer_address": "单位详细地址 单位地址 务工单位详细地址 务工详细地址",
    "employer_phone": "单位电话 单位联系电话",
}

# Whose + what = field.
FIELDS: dict[tuple[str, str], str] = {
    ("child", "name"): "name",
    ("child", "phone"): "family_phone",
    ("child", "address"): "home_address",
    ("child", "age"): "age",
    ("child", "sex"): "sex",
    ("child", "id"): "id_no",
    ("child", "health"): "health",
    ("school", "name"): "name",
    ("school", "phone"): "family_phone",
    ("family", "phone"): "family_phone",
    ("family", "address"): "home_address",
    ("parent", "name"): "parent_names",
    ("parent", "phone"): "parent_phone",
    ("parent", "place"): "work_place",
    ("parent", "employer"): "employer",
    ("parent", "occupation"): "parent_occupation",
    ("parent", "id"): "parent_id_no",
    ("parent", "address"): "parent_address",
    ("work", "name"): "parent_names",
    ("work", "phone"): "employer_phone",
    ("work", "address"): "employer_address",
    ("work", "employer_address"): "employer_address",
    ("work", "employer_phone"): "employer_phone",
    ("work", "place"): "work_place",
    ("work", "employer"): "employer",
    ("work", "reason"): "away_reason",
    ("work", "occupation"): "parent_occupation",
    ("work", "relation"): "parent_relation",
    **{(who, "name"): f"{who}_name" for who in ("father", "mother", "guardian")},
    **{(who, "phone"): f"{who}_phone" for who in ("father", "mother", "guardian")},
    **{(who, "id"): f"{who}_id_no" for who in ("father", "mother", "guardian")},
    **{(who, "age"): f"{who}_age" for who in ("father", "mother", "guardian")},
    **{(who, "sex"): f"{who}_sex" for who in ("father", "mother", "guardian")},
    **{(who, "health"): f"{who}_health" for who in ("father", "mother", "guardian")},
    **{(who, "occupation"): f"{who}_occupation" for who in ("father", "mother", "guardian")},
    **{(who, "address"): f"{who}_address" for who in ("father", "mother", "guardian")},
    **{(who, "relation"): f"{who}_relation" for who in ("father", "mother", "guardian")},
    **{(who, "place"): f"{who}_work_place" for who in ("father", "mother")},
    **{(who, "employer"): f"{who}_employer" for who in ("father", "mother")},
}

# Bare words without a group belong to whom the columns to the left are about.
LEFT: tuple[tuple[str, str], ...] = (
    ("guardian_", "guardian"),
    ("father_", "father"),
    ("mother_", "mother"),
    ("employer", "parent"),
    ("work_place", "parent"),
    ("parent_", "parent"),
    ("away_reason", "parent"),
)

# A roster of left-behind children without these gets one remark for the file, not one for each row.
EXPECTED = ("sex", "birth_date", "id_no")
EXPECTED_OF_LEFT_BEHIND = ("guardian_name", "guardian_phone")

# A table of names with one of these and nothing of a child's life is a list of staff.
STAFF = frozenset({"职务", "职称", "岗位", "任教学科", "政治面貌", "职务职称", "工号", "分工", "工作职责"})
OF_A_CHILD = frozenset(
    {"class_name", "grade", "school_grade", "student_no", "guardian_name", "parent_names", "left_behind"}
    | {"father_name", "mother_name", "away_reason", "work_place"}
)

FLAGS = frozenset({"boarding", "left_behind", "migrant_child", "disabled"})
AGES = frozenset({"age", "guardian_age", "father_age", "mother_age"})
PERSON_NAMES = frozenset({"name", "father_name", "mother_name", "guardian_name"})
# These may run over several rows as one merged cell; a name or a number belongs to one child alone.
OWN = frozenset({"seq", "name", "id_no", "birth_date", "sex", "student_no"})
