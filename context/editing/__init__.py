"""Editing a draft: documents and prompt, who changed what, and how two drafts meet."""
