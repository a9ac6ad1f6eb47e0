"""All for one: LLMs solve mental math at the last token with information transferred from other tokens."""
