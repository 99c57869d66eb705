"""Texts of the window's pages for what is not sent yet: unsent forms, files in pieces, pages joined, licences looked up."""

from collections.abc import Mapping

from gateway.case.texts import Text

WINDOW_MORE_WORDS: Mapping[str, Text] = {
    "drafts": Text("没有提交的收件", "Not sent yet"),
    "drafts_about": Text(
        "最后改动后保留 3 天, 最多 20 份, 只有您自己能看到.",
        "Kept for 3 days after the last change, 20 at the most; nobody else sees them.",
    ),
    "draft_go_on": Text("继续填写", "Go on"),
    "discard": Text("删除", "Discard"),
    "discarded": Text("已删除", "Discarded"),
    "draft_changed_at": Text("最后改动", "Last changed"),
    "draft_there": Text("这个事项有没提交的收件:", "There is one of this item that was not sent:"),
    "save_draft": Text("暂存", "Keep for later"),
    "draft_kept": Text("已暂存", "Kept"),
    "draft_not_kept": Text(
        "没有暂存: 连接断了或已退出登录, 恢复后会再存", "Not kept: the line is cut, or you are signed out"
    ),
    "draft_too_large": Text(
        "内容太多, 没有暂存: 离开这一页前请提交", "Too much to be kept: send it before you leave this page"
    ),
    "draft_gone": Text("这份收件已提交、已删除或已过期", "It was sent, discarded, or is over"),
    "take_picture": Text("拍照", "Take a picture"),
    "take_page": Text("拍一页", "Take this page"),
    "done_pages": Text("完成", "Done"),
    "pages_taken": Text("已拍", "Taken"),
    "camera": Text("拍摄材料", "Pictures of the material"),
    "camera_hint": Text("平板、手机直接拍; 每页一张", "tablets and telephones; one picture a page"),
    "no_camera": Text(
        "打不开摄像头: 检查是否接好、是否允许使用, 或选择文件",
        "the camera does not open: is it connected and allowed? Or choose a file",
    ),
    "drop_here": Text("或拖到这里", "or drop them here"),
    "page_order": Text("第几页", "Page"),
    "page_turn": Text("旋转", "Turn"),
    "turn_0": Text("不转", "as it is"),
    "turn_90": Text("右转 90°", "right 90°"),
    "turn_180": Text("倒转 180°", "Turn 180°"),
    "turn_270": Text("左转 90°", "left 90°"),
    "page_up": Text("上移", "Up"),
    "page_down": Text("下移", "Down"),
    "join_pages": Text("把图片合成一个 PDF", "Join the pictures to one PDF"),
    "join_hint": Text(
        "先排好页序、转正, 勾选“去掉”不要的页", "put the pages in order and upright first; tick those to be left out"
    ),
    "upload_waits": Text("连接断了, 接通后接着传", "The line is cut; it goes on when it is back"),
    "upload_signed_out": Text(
        "登录已结束: 在另一个标签页重新登录, 再打开草稿接着收件",
        "you are signed out: sign in again in another tab and go on with the draft",
    ),
    "upload_failed": Text("没有传上去", "Not uploaded"),
    "upload_again": Text("接着传", "Go on"),
    "look_at_file": Text("查看", "Look"),
    "look_up_licence": Text("按证件号码查证照", "Look up by number"),
    "look_up_hint": Text(
        "用上面申请人的证件号码查询, 会记入审计", "with the applicant's number above; kept in the audit"
    ),
    "licence_name": Text("证照名称", "Licence"),
    "licences_found": Text("查到的电子证照", "Electronic licences found"),
    "issued_by": Text("颁发机构", "Issued by"),
    "valid_span": Text("有效期", "Validity"),
    "no_end": Text("长期", "no end"),
    "choose_this": Text("用这一份", "Use this one"),
    "licence_source": Text("来源", "Source"),
    "hand_over": Text("领取登记", "Hand over"),
    "wished_way": Text("申请人选择的送达方式", "What the applicant chose"),
    "who_took": Text("谁领取", "Who took it"),
    "somebody_else": Text("其他人 (代领)", "somebody else"),
    "certificate_seen": Text("已核对领取人的证件原件", "The certificate was looked at"),
    "how_taken": Text("领取方式", "How"),
    "when_taken": Text("领取时间 (不填为现在)", "When (empty: now)"),
    "carrier": Text("承运单位", "Carrier"),
    "tracking_number": Text("邮寄单号", "Tracking number"),
    "send_first": Text("还没有寄到申请人手里的, 先登记", "What is still on its way is noted first:"),
    "send_result": Text("寄出", "Send the result"),
    "with_papers": Text("附送达回证等文书的完整表单", "The full form, with papers"),
}
