"""Text: where it comes from, the tokenizer made from it, and the corpus of token ids that models read."""

from interp.text.bpe import END, require_fit, train_bpe
from interp.text.corpus import Context, Corpus
from interp.text.docstrings import documentation
from interp.text.document import Document
from interp.text.source import documents

__all__ = ["END", "Context", "Corpus", "Document", "documentation", "documents", "require_fit", "train_bpe"]
