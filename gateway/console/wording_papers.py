"""Texts of the pages of notices; what a notice itself says is Chinese law and stands in its own files."""

from collections.abc import Mapping

from gateway.case.texts import Text

WORDS_OF_PAPERS: Mapping[str, Text] = {
    "sheets": Text("文书", "Notices"),
    "sheet": Text("文书", "Notice"),
    "sheet_number": Text("文号", "Number of the notice"),
    "sheet_of": Text("事件时间", "Happened"),
    "sheet_by": Text("出具", "Issued by"),
    "sheet_copies": Text("已打印", "Printed"),
    "sheet_open": Text("打印", "Print"),
    "sheet_record": Text("送达回证", "Record of delivery"),
    "sheet_sealed": Text("随事件附有的文书", "Papers that came with the event"),
    "sheet_none": Text("还没有要出具的文书", "No notice yet"),
    "sheet_ours": Text("本地", "us"),
    "sheet_theirs": Text("对方", "the other side"),
    "sheet_unnumbered": Text("未编", "none"),
    "sheet_about": Text(
        "文书交给申请人本人, 个人信息完整显示; 打印和下载记入审计.",
        "The notice is for the applicant and shows personal data in full; printing and downloading are kept in the audit.",
    ),
    "sheet_reason": Text("用途", "What for"),
    "sheet_reason_hint": Text("4 至 200 个字, 会记入审计", "4 to 200 characters; the audit keeps them"),
    "sheet_reason_usual": Text("交申请人", "for the applicant"),
    "sheet_reason_mail": Text("邮寄申请人", "by mail to the applicant"),
    "sheet_reason_file": Text("归档备查", "for the file"),
    "sheet_show": Text("打印页", "Page to print"),
    "sheet_pdf": Text("下载 PDF", "PDF"),
    "sheet_numbers_given": Text(
        "还没有文号, 打印时编号; 编过的文号不再变.", "It has no number yet and gets one when printed, for good."
    ),
    "sheet_numbers_missing": Text(
        "没有设置机关代字 (console.notices.organ), 文书不编文号.",
        "No organ is set (console.notices.organ), so notices get no number.",
    ),
    "sheet_numbers_theirs": Text(
        "文号由办理地编; 对方没有随事件送来.", "The handler numbers it, and sent no number with the event."
    ),
    "sheet_no_code": Text(
        "没有设置进度查询页 (console.progress_url), 不印二维码.",
        "No progress page is set (console.progress_url), so there is no QR code.",
    ),
    "sheet_code_there": Text(
        "协同编号由收件地编, 本地查询页查不到, 不印二维码.",
        "The number is the origin's and our progress page does not know it, so there is no QR code.",
    ),
    "sheet_code_missing": Text(
        "没有安装 PDF 组件, 二维码印不出来.", "The extra pdf is not installed, so there is no QR code."
    ),
    "sheet_pdf_missing": Text(
        "没有安装 PDF 组件, 只能用浏览器打印. 安装见 docs/documents.md.",
        "The extra pdf is not installed; print from the browser. See docs/documents.md.",
    ),
    "sheet_wrong_files": Text(
        "自定义的文书用语有错, 用的是自带的; 运行 tongban check 查看.",
        "A wording of yours has an error and the one that ships is used; run tongban check.",
    ),
    "sheet_in_chinese": Text("文书用中文.", "Notices are in Chinese."),
    "sheet_code_alt": Text("进度查询二维码", "QR code of the progress page"),
    "sheet_scan": Text("扫码查询进度", "Scan for progress"),
    "sheet_copy_now": Text("这是第 {copy} 份", "This is copy {copy}"),
    "sheet_history": Text("打印记录", "Prints"),
    "sheet_copy": Text("第几份", "Copy"),
    "sheet_printed_at": Text("时间", "When"),
    "sheet_deliver": Text("领取登记", "Hand over"),
    "sheet_choose_again": Text("返回文书", "Back to the notice"),
    "sheet_times": Text("份", "copies"),
}
