"""Reasons of papers for applicants (文书)."""

from gateway.case.reasons.row import Answer, Family, Place, Row
from gateway.case.reasons.word import Reason
from gateway.case.texts import Text

PAPERS: dict[Reason, Row] = {
    Reason.NOTICE_UNKNOWN: Row(
        Family.UNKNOWN,
        Answer.FINAL,
        Place.LOCAL,
        Text("办件没有这份文书", "the case has no such notice"),
        Text("从办件页面的“文书”打开", "open it from the notices on the page of the case"),
    ),
    Reason.NOTICE_NUMBER_TAKEN: Row(
        Family.CONFLICT,
        Answer.PERSON,
        Place.LOCAL,
        Text("这个文号已用于另一份文书", "another notice has this number"),
        Text("核对文号; 留空则自动编号", "check the number; left empty it is given by the gateway"),
    ),
    Reason.PDF_EXTRA_MISSING: Row(
        Family.NOT_SERVED,
        Answer.PERSON,
        Place.LOCAL,
        Text("没有安装 PDF 组件, 不能生成 PDF", "the parts that make a PDF are not installed"),
        Text(
            "用浏览器打印; 或请运维安装: pip install --require-hashes -r requirements/pdf.txt, 再重启",
            "print the page; or install pip install --require-hashes -r requirements/pdf.txt and start again",
        ),
    ),
    Reason.PDF_FONT_MISSING: Row(
        Family.NOT_SERVED,
        Answer.PERSON,
        Place.LOCAL,
        Text("机器上没有中文字体, 不能生成 PDF", "there is no Chinese font on the machine, so no PDF is made"),
        Text(
            "用浏览器打印; 或安装 fonts-noto-cjk, 或在 console.notices.fonts 写字体文件夹, 再重启",
            "print the page; or install fonts-noto-cjk, or name a folder in console.notices.fonts, and start again",
        ),
    ),
    Reason.PDF_CHARACTER_MISSING: Row(
        Family.NOT_SERVED,
        Answer.PERSON,
        Place.LOCAL,
        Text(
            "文书里有字体没有的字, 或内容排不下, 不能生成 PDF",
            "the notice has a character that no font has, or does not fit, so no PDF is made",
        ),
        Text(
            "用浏览器打印; 或把有这个字的字体放进 console.notices.fonts, 再重启",
            "print the page; or put a font that has it into console.notices.fonts and start again",
        ),
    ),
    Reason.PDF_BUSY: Row(
        Family.BUSY,
        Answer.RETRIABLE,
        Place.LOCAL,
        Text("正在生成的 PDF 太多", "too many PDFs are being made"),
        Text("稍等几秒再试", "wait some seconds and try again"),
    ),
}
