"""Markdown of documents and prompts as safe HTML."""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

# Images could only come from other servers, which the pages' security policy forbids.
TAGS = nh3.ALLOWED_TAGS - {"img"}


@lru_cache(maxsize=1)
def parser() -> MarkdownIt:
    """CommonMark with tables; raw HTML is shown as text."""
    return MarkdownIt("js-default")


def render_markdown(text: str) -> SafeString:
    """HTML in which nothing can run: markup from the text alone, then cleaned."""
    return mark_safe(nh3.clean(parser().render(text), tags=TAGS))
