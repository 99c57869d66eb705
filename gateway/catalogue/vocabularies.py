"""What a cell with a code or a word may say: one table per list of codes.

Real systems number the same things differently (办件类型 1 and 2 are reversed in some, 时限单位 too).  So only the codes
of the standard and the words are taken; a code that stands in no standard is a finding that says so, never a guess.

Source: GB/T 39046-2020 annex A (A.1 to A.6); public item details for materials (domain tables of need, source, shape).
"""

from gateway.case.item.codes import ExerciseLevel
from gateway.case.item.definition import (
    CaseType,
    ItemState,
    MaterialKind,
    MaterialShape,
    Need,
    ServiceObject,
    Source,
    TimeUnit,
    Way,
)
from gateway.case.kinds import ResultKind, StepKind, SuspensionKind
from gateway.case.model import Mode
from gateway.case.texts import Text
from gateway.catalogue.vocabulary import Option, Vocabulary

_OTHER_CODES = Text(
    "各系统代码不同, 有的正好相反, 请写文字", "systems number this differently, some in reverse: write the word"
)

ITEM_TYPES = Vocabulary(
    (
        Option("01", "01", "行政许可"),
        Option("02", "02", "行政处罚"),
        Option("03", "03", "行政强制"),
        Option("04", "04", "行政征收"),
        Option("05", "05", "行政给付"),
        Option("06", "06", "行政检查"),
        Option("07", "07", "行政确认"),
        Option("08", "08", "行政奖励"),
        Option("09", "09", "行政裁决"),
        Option("10", "10", "其他行政权力", ("其他权力", "其他类")),
        Option("20", "20", "公共服务"),
        *(
            Option(f"{code}", f"{code}", f"省级扩展类型 {code}")
            for block in (range(11, 20), range(21, 30))
            for code in block
        ),
    ),
    {
        **{
            str(digit): Text("类型是 2 位, 如 01; 把该列设为文本格式后重新输入", "a type has two digits, such as 01")
            for digit in range(1, 10)
        },
        "00": Text("写具体类型, 如 01 行政许可", "give the type itself, such as 01"),
        "行政权力": Text("写具体类型, 如 行政许可、行政确认", "give the type itself, such as 行政许可"),
    },
)
LEVELS = Vocabulary(
    (
        Option(ExerciseLevel.NATIONAL, "1", "国家级", ("国家",)),
        Option(ExerciseLevel.PROVINCE, "2", "省级", ("省", "省(自治区、直辖市)级", "直辖市级")),
        Option(
            ExerciseLevel.PREFECTURE, "3", "市级", ("市", "州级", "州", "市州级", "市(州)级", "地市级", "设区的市级")
        ),
        Option(ExerciseLevel.COUNTY, "4", "县级", ("县", "区级", "区", "区县级", "县区级", "县(市、区)级", "区(县)级")),
        Option(
            ExerciseLevel.TOWN,
            "5",
            "镇(乡、街道)级",
            ("乡级", "乡", "镇级", "镇", "街道级", "街道", "乡镇级", "乡镇", "乡镇(街道)级", "乡(镇、街道)级"),
        ),
        Option(ExerciseLevel.VILLAGE, "6", "村(社区)级", ("村级", "村", "社区级", "社区", "村社区级")),
        Option(ExerciseLevel.GRADED, "7", "分级管理", ("分级",)),
    )
)
SERVICE_OBJECTS = Vocabulary(
    (
        Option(ServiceObject.PERSON, "1", "自然人", ("个人",)),
        Option(ServiceObject.ENTERPRISE, "2", "企业法人", ("企业",)),
        Option(ServiceObject.INSTITUTION, "3", "事业法人", ("事业单位",)),
        Option(ServiceObject.SOCIAL_ORGANISATION, "4", "社会组织法人", ("社会组织",)),
        Option(ServiceObject.AGENCY, "5", "行政机关", ("机关",)),
        Option(ServiceObject.OTHER, "6", "其他组织", ()),
    ),
    {
        "0": _OTHER_CODES,
        "法人": Text(
            "写明企业法人、事业法人、社会组织法人中的哪几种",
            "say which of 企业法人, 事业法人 and 社会组织法人",
        ),
    },
)
WAYS = Vocabulary(
    (
        Option(Way.WINDOW, "1", "窗口", ("窗口办理", "现场办理", "大厅办理", "窗口申请")),
        Option(Way.WEB, "2", "电脑端", ("电脑端网上办理", "网上办理", "网上", "pc端", "网上申请", "网站")),
        Option(Way.MOBILE, "3", "移动端", ("移动端办理", "手机端", "app", "掌上办理", "小程序")),
        Option(Way.POST, "4", "快递申请", ("快递", "邮寄", "信函", "邮寄申请")),
        Option(Way.OTHER, "9", "其他"),
    )
)
CASE_TYPES = Vocabulary(
    (
        Option(CaseType.IMMEDIATE, "1", "即办件", ("即办",)),
        Option(CaseType.PROMISED, "2", "承诺件", ("承诺", "承诺办件")),
        Option(CaseType.OTHER, "9", "其他"),
    ),
    {**dict.fromkeys(("0", "3", "4", "5", "联办件", "上报件", "转报件"), _OTHER_CODES)},
)
MODES = Vocabulary(
    (
        Option(Mode.ONLINE, "", "全程网办", ("全程网上办理",)),
        Option(Mode.ENTRUSTED, "", "异地代收代办", ("代收代办",)),
        Option(Mode.JOINT, "", "多地联办"),
    ),
    {
        **dict.fromkeys(
            ("0", "1", "2", "3"), Text("通办方式没有国家代码, 请写文字", "modes have no codes: write the word")
        )
    },
)
NEEDS = Vocabulary(
    (
        Option(Need.REQUIRED, "1", "必要", ("必须", "必需", "必要材料")),
        Option(Need.OPTIONAL, "2", "非必要", ("非必须", "非必需", "可选")),
        Option(Need.LATER, "3", "容缺后补", ("容缺", "可容缺", "容缺受理")),
    ),
    {"是": Text("写 必要、非必要 或 容缺后补", "write 必要, 非必要 or 容缺后补"), "0": _OTHER_CODES},
)
SOURCES = Vocabulary(
    (
        Option(Source.APPLICANT, "10", "申请人自备", ("自备", "申请人")),
        Option(Source.GOVERNMENT, "20", "政府部门核发", ("政府核发", "部门核发")),
        Option(Source.OTHER, "99", "其他"),
    ),
    {**dict.fromkeys(("1", "2", "3"), _OTHER_CODES)},
)
SHAPES = Vocabulary(
    (
        Option(MaterialShape.PAPER, "1", "纸质", ("纸质材料", "纸质版")),
        Option(MaterialShape.ELECTRONIC, "2", "电子", ("电子化", "电子材料", "电子版", "电子文件")),
        Option(
            MaterialShape.EITHER, "3", "均可", ("纸质/电子化", "纸质/电子", "纸质或电子", "纸质或电子化", "电子/纸质")
        ),
    ),
    {
        "0": _OTHER_CODES,
        "纸质和电子": Text(
            "两种都要的分成两个材料; 任一种即可写 均可", "both wanted: two materials; either will do: 均可"
        ),
    },
)
MATERIAL_KINDS = Vocabulary(
    (
        Option(MaterialKind.CERTIFICATE, "1", "证件证书证明", ("证照", "证件", "证明", "证书")),
        Option(MaterialKind.APPLICATION, "2", "申请表格文书", ("申请表", "表格", "申请书", "申请表格")),
        Option(MaterialKind.OTHER, "3", "其他"),
    )
)
RESULT_KINDS = Vocabulary(
    (
        Option(ResultKind.CERTIFICATE, "10", "证照", ("出证办结", "证照类")),
        Option(ResultKind.APPROVAL, "20", "批文", ("审批办结", "批文类", "批复")),
        Option(ResultKind.OTHER, "30", "其他", ("其他办结", "无")),
    ),
    {**dict.fromkeys(("0", "1", "2", "3"), _OTHER_CODES)},
)
UNITS = Vocabulary(
    (
        Option(TimeUnit.WORKING_DAY, "G", "工作日", ("个工作日", "working_day")),
        Option(TimeUnit.CALENDAR_DAY, "Z", "自然日", ("个自然日", "日历日", "calendar_day")),
        Option(TimeUnit.HOUR, "", "小时", ("个小时",)),
    ),
    {
        **dict.fromkeys(
            ("天", "日", "个天"),
            Text("写明工作日还是自然日", "say whether working days (工作日) or calendar days (自然日)"),
        ),
        **dict.fromkeys(
            ("月", "个月"),
            Text("按办事指南换成工作日或自然日", "state it in 工作日 or 自然日, as the service guide has it"),
        ),
        **dict.fromkeys(("年", "周", "星期"), Text("换成工作日或自然日", "state it in 工作日 or 自然日")),
        **dict.fromkeys(
            ("分钟", "分"), Text("不足 1 小时的写 即办 (0), 否则写小时", "write 即办 below an hour, else 小时")
        ),
        **dict.fromkeys(
            ("1", "2", "3", "4", "5"),
            Text("有的系统 1 是工作日, 有的是自然日; 请写文字", "1 is 工作日 here and 自然日 there: write the word"),
        ),
    },
)
STATES = Vocabulary(
    (
        Option(ItemState.IN_USE, "", "在用", ("启用", "已启用")),
        Option(ItemState.PAUSED, "", "暂停", ("停用", "暂停办理")),
        Option(ItemState.CANCELLED, "", "取消", ("已取消", "废止", "注销")),
    ),
    {**dict.fromkeys(("0", "1", "2", "3"), _OTHER_CODES)},
)
STEP_KINDS = Vocabulary(
    (
        Option(StepKind.ACCEPTANCE, "", "受理", ("收件受理", "受理环节")),
        Option(StepKind.REVIEW, "", "审查", ("审核", "初审", "复审", "审查与审核", "现场核查")),
        Option(StepKind.DECISION, "", "决定", ("审批", "批准", "作出决定", "核准")),
        Option(StepKind.CERTIFICATE, "", "制证", ("颁证", "制证发证", "制证与颁证", "颁证(制证)")),
        Option(StepKind.DELIVERY, "", "送达", ("发证", "办结送达", "结果送达")),
        Option(StepKind.OTHER, "", "其他", ("听证", "鉴定", "检验", "检测", "公示", "公告", "专家评审")),
    )
)
SUSPENSIONS = Vocabulary(
    (
        Option(SuspensionKind.HEARING, "", "听证"),
        Option(SuspensionKind.TENDER, "", "招标"),
        Option(SuspensionKind.AUCTION, "", "拍卖"),
        Option(SuspensionKind.INSPECTION, "", "检验"),
        Option(SuspensionKind.TESTING, "", "检测"),
        Option(SuspensionKind.QUARANTINE, "", "检疫"),
        Option(SuspensionKind.APPRAISAL, "", "鉴定"),
        Option(SuspensionKind.EXPERT_REVIEW, "", "专家评审"),
        Option(SuspensionKind.OTHER, "", "其他"),
    ),
    {
        **dict.fromkeys(
            ("1", "2", "a", "b"), Text("写特别程序的名称, 如 听证、鉴定", "name the procedure, such as 听证")
        )
    },
)
FLAGS = Vocabulary(
    (
        Option(True, "1", "是", ("收费", "true", "y", "yes", "√")),
        Option(False, "0", "否", ("不收费", "免费", "false", "n", "no", "×")),
    )
)
DEPTHS = Vocabulary(
    (
        Option(1, "1", "Ⅰ级", ("1级", "一级", "i级", "i")),
        Option(2, "2", "Ⅱ级", ("2级", "二级", "ii级", "ii")),
        Option(3, "3", "Ⅲ级", ("3级", "三级", "iii级", "iii")),
        Option(4, "4", "Ⅳ级", ("4级", "四级", "iv级", "iv")),
    )
)
