"""Routes of joint cases (多地联办) and of progress without login (进度查询)."""

from gateway.case.reasons import Reason
from gateway.case.texts import Text
from gateway.local import joint, progress
from gateway.local.route import BODY, CALLER, STORE, SUBMIT, Route
from gateway.local.system_file import May

R = Reason

JOINT_ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/v1/joint-cases",
        "submitJointCase",
        Text(
            "提交联办件: 一次申请, 各部分分别转给有权的地区",
            "Submit a joint case: one application, a part for each region",
        ),
        joint.submit_joint_case,
        may=May.SUBMIT,
        deadline=60,
        takes="JointCase",
        answers=((202, "JointSubmitted"),),
        headers=("Idempotency-Key", "traceparent"),
        reasons=SUBMIT,
    ),
    Route(
        "GET",
        "/v1/joint-cases",
        "listJointCases",
        Text("查询联办件列表", "List joint cases, the newest first"),
        joint.list_joint_cases,
        may=May.READ,
        answers=((200, "JointCaseList"),),
        query=joint.LIST_PARAMETERS,
        reasons=(*CALLER, R.BAD_REQUEST, *STORE),
    ),
    Route(
        "GET",
        "/v1/joint-cases/{case_id}",
        "getJointCase",
        Text("查看联办件", "Look at a joint case and its parts"),
        joint.look_at_joint_case,
        may=May.READ,
        answers=((200, "JointCaseView"),),
        reasons=(*CALLER, R.CASE_UNKNOWN, *STORE),
    ),
    Route(
        "POST",
        "/v1/joint-cases/{case_id}/withdraw",
        "withdrawJointCase",
        Text("撤回联办件中尚未办结的各部分", "Withdraw every part that is still open"),
        joint.withdraw_joint_case,
        may=May.ACT,
        deadline=60,
        takes="WithdrawWhole",
        answers=((202, "JointActed"),),
        headers=("traceparent",),
        reasons=(*CALLER, *BODY, R.CASE_UNKNOWN, R.LIFECYCLE, *STORE),
    ),
    Route(
        "POST",
        "/v1/joint-cases/{case_id}/delivered",
        "deliverJointCase",
        Text("联办件一次送达: 登记所有准予部分的领取", "Hand the results of every granted part over at once"),
        joint.deliver_joint_case,
        may=May.ACT,
        deadline=60,
        takes="DeliverWhole",
        answers=((202, "JointActed"),),
        headers=("traceparent",),
        reasons=(*CALLER, *BODY, R.CASE_UNKNOWN, R.LIFECYCLE, *STORE),
    ),
    Route(
        "GET",
        "/v1/progress",
        "askProgress",
        Text("凭协同编号和查询码查询进度, 不用登录", "See how a case fares, by number and query code, without login"),
        progress.ask_progress,
        may_instead=May.PROGRESS,
        answers=((200, "Progress"),),
        query=progress.PARAMETERS,
        headers=(progress.CODE_HEADER,),
        reasons=(*CALLER, R.BAD_REQUEST, R.PROGRESS_UNKNOWN, R.PROGRESS_LOCKED, *STORE),
    ),
    Route(
        "POST",
        "/v1/progress",
        "postProgress",
        Text("查询进度, 协同编号和查询码都写在正文里", "The same with number and code in the body"),
        progress.post_progress,
        may_instead=May.PROGRESS,
        takes="Enquiry",
        answers=((200, "Progress"),),
        reasons=(*CALLER, *BODY, R.PROGRESS_UNKNOWN, R.PROGRESS_LOCKED, *STORE),
    ),
)
