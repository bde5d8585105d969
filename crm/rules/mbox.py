"""Messages of an mbox file, as old mailers and exports write it (RFC 4155 and the variant with Content-Length)."""

import re
from collections.abc import Iterator

_FROM_LINE = re.compile(rb"(?m)^From [^\r\n]*\r?\n")
# Where the empty line was lost, the date of delivery and a header field after it still tell a From line from a sentence.
_DATED = re.compile(
    rb"From (?:-[ \t]*\r?\n|\S{1,320} +(?:mon|tue|wed|thu|fri|sat|sun) [a-z]{3} [ \d]\d \d\d:\d\d)", re.IGNORECASE
)
_FIELD = re.compile(rb"[!-9;-~]{1,80}:")
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"(?im)^Content-Length:[ \t]*(\d{1,12})[ \t]*\r?$")
_QUOTED_FROM = re.compile(rb"(?m)^>(>*From )")
_GAP = re.compile(rb"[\r\n]*(?=From )|[\r\n]*\Z")


def messages(content: bytes) -> Iterator[bytes]:
    """Each message without its From line; a content without any is one message."""
    starts = list(_starts(content))
    ends = [start for start, _ in starts[1:]] + [len(content)]
    for (_, begin), end in zip(starts, ends, strict=False):
        yield _QUOTED_FROM.sub(rb"\1", content[begin:end])
    if not starts and content.strip():
        yield content


def _starts(content: bytes) -> Iterator[tuple[int, int]]:
    """Where From lines begin and end: after an empty line, or where the message before says that it ends."""
    told = 0
    for line in _FROM_LINE.finditer(content):
        if line.start() < told:
            continue
        before = content[max(0, line.start() - 3) : line.start()]
        ended = line.start() in {0, told} or before.endswith((b"\n\n", b"\n\r\n"))
        if ended or (_DATED.match(line[0]) and _FIELD.match(content, line.end())):
            yield line.span()
            told = _told_end(content, line.end())


def _told_end(content: bytes, begin: int) -> int:
    """Where a message ends by its Content-Length; 0 where it says none, or one after which no message begins."""
    head = _HEADER_END.search(content, begin)
    length = _LENGTH.search(content, begin, head.start() + 1) if head else None
    if head is None or length is None:
        return 0
    gap = _GAP.match(content, min(head.end() + int(length[1]), len(content)))
    return gap.end() if gap else 0
