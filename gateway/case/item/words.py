"""What the words of an item definition are called in front of people: as window staff say them, and in English.

For showing only; what a table may say is `gateway.catalogue.vocabularies`.
"""

from gateway.case.item.definition import CaseType, MaterialShape, Need, ServiceObject, Source, Way
from gateway.case.kinds import StepKind, SuspensionKind
from gateway.case.model import Mode
from gateway.case.texts import Text

MODE_TEXT = {
    Mode.ONLINE: Text("全程网办", "online"),
    Mode.ENTRUSTED: Text("异地代收代办", "entrusted"),
    Mode.JOINT: Text("多地联办", "joint"),
}
OBJECT_TEXT = {
    ServiceObject.PERSON: Text("自然人", "natural persons"),
    ServiceObject.ENTERPRISE: Text("企业法人", "enterprises"),
    ServiceObject.INSTITUTION: Text("事业法人", "public institutions"),
    ServiceObject.SOCIAL_ORGANISATION: Text("社会组织法人", "social organisations"),
    ServiceObject.AGENCY: Text("行政机关", "agencies"),
    ServiceObject.OTHER: Text("其他组织", "other organisations"),
}
NEED_TEXT = {
    Need.REQUIRED: Text("必要", "required"),
    Need.OPTIONAL: Text("非必要", "optional"),
    Need.LATER: Text("容缺后补", "may follow later"),
}
SOURCE_TEXT = {
    Source.APPLICANT: Text("申请人自备", "the applicant"),
    Source.GOVERNMENT: Text("政府部门核发", "issued by government"),
    Source.OTHER: Text("其他", "other"),
}
SHAPE_TEXT = {
    MaterialShape.PAPER: Text("纸质", "paper"),
    MaterialShape.ELECTRONIC: Text("电子", "electronic"),
    MaterialShape.EITHER: Text("纸质或电子", "paper or electronic"),
}
CASE_TYPE_TEXT = {
    CaseType.IMMEDIATE: Text("即办件", "at once"),
    CaseType.PROMISED: Text("承诺件", "within a promised limit"),
    CaseType.OTHER: Text("其他", "other"),
}
WAY_TEXT = {
    Way.WINDOW: Text("窗口", "window"),
    Way.WEB: Text("电脑端", "web"),
    Way.MOBILE: Text("移动端", "mobile"),
    Way.POST: Text("快递申请", "post"),
    Way.OTHER: Text("其他", "other"),
}
STEP_TEXT = {
    StepKind.ACCEPTANCE: Text("受理", "acceptance"),
    StepKind.REVIEW: Text("审查", "review"),
    StepKind.DECISION: Text("决定", "decision"),
    StepKind.CERTIFICATE: Text("制证", "making the certificate"),
    StepKind.DELIVERY: Text("送达", "delivery"),
    StepKind.OTHER: Text("其他", "other"),
}
SUSPENSION_TEXT = {
    SuspensionKind.HEARING: Text("听证", "hearing"),
    SuspensionKind.TENDER: Text("招标", "tender"),
    SuspensionKind.AUCTION: Text("拍卖", "auction"),
    SuspensionKind.INSPECTION: Text("检验", "inspection"),
    SuspensionKind.TESTING: Text("检测", "testing"),
    SuspensionKind.QUARANTINE: Text("检疫", "quarantine"),
    SuspensionKind.APPRAISAL: Text("鉴定", "appraisal"),
    SuspensionKind.EXPERT_REVIEW: Text("专家评审", "expert review"),
    SuspensionKind.OTHER: Text("其他", "other"),
}
