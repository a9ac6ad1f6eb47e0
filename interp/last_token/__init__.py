"""All for one: which blocks may wait, which must carry information to the last token, and what the last token does."""
